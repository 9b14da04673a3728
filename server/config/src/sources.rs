//! Where settings come from: the command line, the environment, `codecraft.toml`, in this order; the first that has one
//! wins. One table names them all, so help, flags and file cannot disagree.

use std::{collections::HashMap, fs, io::ErrorKind, path::Path};

use clap::{Arg, ArgAction, ArgMatches, error::ContextKind};
use codecraft_core::provider::ProviderKind;

use super::ConfigError;

/// The file that is read if it is there and no other was named.
const FILE: &str = "codecraft.toml";
const UNREADABLE: &str = "The command line cannot be read; codecraft --help lists what there is.";

/// One thing that the operator decides.
struct Setting {
    /// Its environment variables, first wins. The first names its flag and its key in the file, too.
    vars: &'static [&'static str],
    help: String,
    /// Arguments can be read by every user of a machine, so a secret has no flag.
    secret: bool,
}

const OWN: &[(&str, &str)] = &[
    ("CODECRAFT_ADDR", "Address and port to listen on; port 0 takes a free one [127.0.0.1:8787]"),
    ("CODECRAFT_LOCAL", "OpenAI-compatible servers of your own: name=url,name=url"),
    ("CODECRAFT_ALLOWED_HOSTS", "Further names this server is reached by: name,name:8787"),
    ("CODECRAFT_ALLOWED_ORIGINS", "Other sites whose pages may call it: https://app.example,…"),
    (
        "CODECRAFT_AUTH",
        "Who may use it: off (this machine), users (name and password), header (a proxy says who) [off]",
    ),
    ("CODECRAFT_USERS", "File of users, kept by codecraft user [codecraft-users]"),
    ("CODECRAFT_AUTH_HEADER", "With header: the request header that names the user, such as Remote-User"),
    ("CODECRAFT_TRUSTED_PROXIES", "Reverse proxies in front, as addresses or networks: 127.0.0.1,10.0.0.0/8"),
    ("CODECRAFT_RATE_LIMIT", "Generations that a user may begin in a minute; 0 for any number [10]"),
    (
        "CODECRAFT_USER_STREAMS",
        "Calls to providers that a user may have open at once [16; all of them with auth off]",
    ),
    ("CODECRAFT_MAX_STREAMS", "Calls to providers that may be open at once [256]"),
    ("CODECRAFT_STREAM_SECONDS", "How long a call to a provider may run [600]"),
    (
        "CODECRAFT_REPLICAS",
        "Replicas that share a Redis; if it fails, each admits its part of the limit [refuse all]",
    ),
    ("CODECRAFT_LOG", "Lines on standard error: pretty or json [pretty]"),
];

const SECRET: &[(&str, &str)] = &[
    ("CODECRAFT_AUTH_SECRET", "With header: what x-codecraft-secret has to hold as well"),
    ("CODECRAFT_REDIS_URL", "Redis or Valkey that all replicas share: redis://host:6379"),
    ("CODECRAFT_METRICS_TOKEN", "Bearer token for /metrics where people sign in"),
];

fn settings() -> Vec<Setting> {
    let own = |secret| {
        move |(var, help): &'static (&'static str, &str)| Setting {
            vars: std::slice::from_ref(var),
            help: (*help).to_owned(),
            secret,
        }
    };
    let homes = ProviderKind::all()
        .filter_map(|kind| {
            Some((kind.facts().name.unwrap_or(kind.id()), kind.facts().relay.as_ref()?.home.as_ref()?))
        })
        .flat_map(|(name, home)| {
            let key = Setting { vars: home.key_vars, help: format!("Key for {name}"), secret: true };
            let url = Setting {
                vars: home.url_vars,
                help: format!("Address of {name} [{}]", home.url),
                secret: false,
            };
            [key, url]
        })
        .filter(|setting| !setting.vars.is_empty());
    OWN.iter().map(own(false)).chain(SECRET.iter().map(own(true))).chain(homes).collect()
}

/// `CODECRAFT_MAX_STREAMS` is `max_streams` in the file and `--max-streams` on the command line.
fn key_of(var: &str) -> String {
    var.trim_start_matches("CODECRAFT_").to_ascii_lowercase()
}

/// A variable that looks like one of ours and is none: mistyped, it would leave a setting as it is.
fn stray(name: &str, settings: &[Setting]) -> Option<String> {
    let known = settings.iter().any(|setting| setting.vars.contains(&name));
    (name.starts_with("CODECRAFT_") && !known).then(|| name.to_owned())
}

/// What the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Serve,
    /// `codecraft check`: try everything that is configured.
    Check,
    /// `codecraft health`: ask the server that runs with these settings.
    Health,
    /// `codecraft user …`
    User(UserCommand),
    /// Text to print: help or version.
    Print(String),
}

/// What to do with the file of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserCommand {
    Add { name: String, stdin: bool },
    Password { name: String, stdin: bool },
    Remove { name: String },
    List,
}

/// The settings as given, unchecked, and the command that they are for.
#[derive(Debug)]
pub struct Sources {
    pub command: Command,
    /// `--i-know`: listen where others can reach it although nobody has to sign in.
    pub exposed: bool,
    /// By variable.
    flags: HashMap<String, String>,
    /// By key.
    file: HashMap<String, String>,
}

impl Sources {
    /// Reads the command line, program name first, and the file that it names.
    pub fn read(args: impl IntoIterator<Item = String>) -> Result<Self, ConfigError> {
        let settings = settings();
        let matches = match parser(&settings).try_get_matches_from(args) {
            Ok(matches) => matches,
            Err(error) => return Self::unusual(&error),
        };
        if let Some(name) =
            std::env::vars_os().find_map(|(name, _)| stray(&name.to_string_lossy(), &settings))
        {
            return Err(ConfigError::new(format!(
                "There is no setting {name}; codecraft --help lists what there is."
            )));
        }
        let file = match matches.get_one::<String>("config") {
            Some(path) => read_file(Path::new(path), &settings)?,
            None if Path::new(FILE).exists() => read_file(Path::new(FILE), &settings)?,
            None => HashMap::new(),
        };
        let flags = settings.iter().filter(|setting| !setting.secret).filter_map(|setting| {
            let var = setting.vars[0];
            Some((var.to_owned(), matches.get_one::<String>(var)?.clone()))
        });
        Ok(Self {
            command: command(&matches),
            exposed: matches.get_flag("i-know"),
            flags: flags.collect(),
            file,
        })
    }

    /// The value of a variable; one that is blank counts as unset.
    pub fn get(&self, var: &str) -> Option<String> {
        let given = |value: &String| Some(value.trim().to_owned()).filter(|value| !value.is_empty());
        // A value that is not Unicode reads as one with replacement characters, which no setting accepts.
        let env = || std::env::var_os(var).map(|value| value.to_string_lossy().into_owned());
        self.flags
            .get(var)
            .and_then(given)
            .or_else(|| env().as_ref().and_then(given))
            .or_else(|| self.file.get(&key_of(var)).and_then(given))
    }

    fn unusual(error: &clap::Error) -> Result<Self, ConfigError> {
        if !error.use_stderr() {
            let command = Command::Print(error.to_string());
            return Ok(Self { command, exposed: false, flags: HashMap::new(), file: HashMap::new() });
        }
        // Only the name of an argument is repeated: anything else on the line may be a key.
        let name =
            error.get(ContextKind::InvalidArg).map(ToString::to_string).filter(|arg| arg.starts_with("--"));
        Err(ConfigError::new(name.map_or_else(
            || UNREADABLE.to_owned(),
            |name| {
                let name = name.split(['=', ' ']).next().unwrap_or_default();
                format!("Something is wrong with {name}; codecraft --help lists what there is.")
            },
        )))
    }
}

fn parser(settings: &[Setting]) -> clap::Command {
    let flag = |name: String, help: String| Arg::new(name.clone()).long(name).help(help).global(true);
    let secrets = settings.iter().filter(|setting| setting.secret).fold(String::new(), |all, setting| {
        all + &format!("  {:<36}{}\n", setting.vars.join(" or "), setting.help)
    });
    let args = settings.iter().filter(|setting| !setting.secret).map(|setting| {
        Arg::new(setting.vars[0])
            .long(key_of(setting.vars[0]).replace('_', "-"))
            .value_name(setting.vars[0])
            .help(match setting.vars {
                [_, others @ ..] if !others.is_empty() => {
                    format!("{} (or {})", setting.help, others.join(", "))
                }
                _ => setting.help.clone(),
            })
            .global(true)
    });
    let name = || Arg::new("name").required(true).value_name("NAME");
    let stdin = || {
        Arg::new("stdin")
            .long("stdin")
            .action(ArgAction::SetTrue)
            .help("Read the password from standard input")
    };
    let user = clap::Command::new("user")
        .about("Keeps the file of users")
        .subcommand_required(true)
        .subcommand(
            clap::Command::new("add").about("Adds a user; asks for a password").arg(name()).arg(stdin()),
        )
        .subcommand(
            clap::Command::new("passwd").about("Gives a user a new password").arg(name()).arg(stdin()),
        )
        .subcommand(
            clap::Command::new("remove").about("Removes a user, who is signed out at once").arg(name()),
        )
        .subcommand(clap::Command::new("list").about("Prints the names"));
    clap::Command::new("codecraft")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Serves CodeCraft and relays its calls to the model providers")
        .disable_help_subcommand(true)
        .next_line_help(true)
        .arg(flag("config".into(), format!("File of settings in TOML [{FILE}, if there is one]")).value_name("FILE"))
        .arg(
            flag("i-know".into(), "Listen where others can reach it although nobody has to sign in".into())
                .action(ArgAction::SetTrue),
        )
        .args(args)
        .subcommand(clap::Command::new("check").about("Tries everything that is configured, and says what works"))
        .subcommand(
            clap::Command::new("health").about("Asks a server that runs with these settings whether it is ready"),
        )
        .subcommand(user)
        .after_help(format!(
            "Each setting can be given as a flag, as the environment variable beside it, or in the file under the name of \
             its flag with _ for -.\nFrom the environment or the file only:\n{secrets}"
        ))
}

fn command(matches: &ArgMatches) -> Command {
    let user = |matches: &ArgMatches| {
        let (action, matches) = matches.subcommand()?;
        let name = || matches.get_one::<String>("name").cloned().unwrap_or_default();
        Some(match action {
            "add" => UserCommand::Add { name: name(), stdin: matches.get_flag("stdin") },
            "passwd" => UserCommand::Password { name: name(), stdin: matches.get_flag("stdin") },
            "remove" => UserCommand::Remove { name: name() },
            _ => UserCommand::List,
        })
    };
    match matches.subcommand() {
        Some(("check", _)) => Command::Check,
        Some(("health", _)) => Command::Health,
        Some(("user", matches)) => user(matches).map_or(Command::Serve, Command::User),
        _ => Command::Serve,
    }
}

/// The file's settings by key: texts, numbers, lists of texts, and for the local servers a table of names and addresses.
fn read_file(path: &Path, settings: &[Setting]) -> Result<HashMap<String, String>, ConfigError> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| {
        let why = if error.kind() == ErrorKind::NotFound { "is not there" } else { "cannot be read" };
        ConfigError::new(format!("The file of settings {shown} {why}."))
    })?;
    // The parser's own words repeat the line, which may hold a key.
    let table = text.parse::<toml::Table>().map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
        ConfigError::new(format!("{shown} is no TOML; look at line {line}."))
    })?;
    let known = |key: &str| settings.iter().any(|setting| setting.vars.iter().any(|var| key_of(var) == key));
    table
        .into_iter()
        .map(|(key, value)| {
            if !known(&key) {
                return Err(ConfigError::new(format!("{shown}: there is no setting {key}.")));
            }
            let value = plain(value).ok_or_else(|| {
                ConfigError::new(format!("{shown}: {key} has a value of a kind that no setting takes."))
            })?;
            Ok((key, value))
        })
        .collect()
}

fn plain(value: toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Array(items) => {
            items.into_iter().map(plain).collect::<Option<Vec<_>>>().map(|items| items.join(","))
        }
        toml::Value::Table(table) => table
            .into_iter()
            .map(|(name, value)| Some(format!("{name}={}", value.as_str()?)))
            .collect::<Option<Vec<_>>>()
            .map(|pairs| pairs.join(",")),
        _ => None,
    }
}
