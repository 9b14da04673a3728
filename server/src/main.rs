//! `codecraft`: reads its configuration, listens, serves, waits for the signal to end.

use std::{io::Write as _, process::ExitCode};

use codecraft_server::{
    AppState, Config, Log, Traces,
    check::{self, Verdict},
    config::{Command, ConfigError, Sources, users_file},
    serve::{reachable, serve},
    shutdown, user,
};
use tokio::net::TcpListener;

/// `EX_CONFIG` of sysexits: something in the configuration is wrong.
const BAD_CONFIG: u8 = 78;

/// Said where a network can reach the server and no reverse proxy is known to stand in front.
const INSECURE: &str = "browsers do not trust plain HTTP from another machine: nobody can sign in, and neither \
    installing nor copying works there. Put HTTPS in front, as with Tailscale Serve or Caddy, and name that proxy in \
    CODECRAFT_TRUSTED_PROXIES; the README shows how.";

#[tokio::main]
async fn main() -> ExitCode {
    let sources = match Sources::read(std::env::args()) {
        Ok(sources) => sources,
        Err(error) => return refuse(&error),
    };
    let config = || Config::read(|var| sources.get(var), sources.exposed);
    match &sources.command {
        Command::Print(text) => say(text),
        Command::Serve => match config() {
            Ok(config) => run(config).await,
            Err(error) => refuse(&error),
        },
        Command::Check => match config() {
            Ok(config) => try_all(&config).await,
            Err(error) => refuse(&error),
        },
        Command::Health => match config() {
            Ok(config) => ask(&config).await,
            Err(error) => refuse(&error),
        },
        Command::User(command) => match user::run(command, &users_file(|var| sources.get(var))) {
            Ok(text) => say(&text),
            Err(refused) if refused.bad_file => refuse(&ConfigError::new(refused.sentence)),
            Err(refused) => {
                eprintln!("codecraft: {}", refused.sentence);
                ExitCode::FAILURE
            }
        },
    }
}

async fn run(config: Config) -> ExitCode {
    let bound = async {
        let listener = TcpListener::bind(config.addr).await?;
        let addr = listener.local_addr()?;
        Ok::<_, std::io::Error>((listener, addr))
    };
    let (listener, addr) = match bound.await {
        Ok(bound) => bound,
        Err(error) => {
            eprintln!(
                "codecraft: cannot listen on {} ({error}); CODECRAFT_ADDR chooses another.",
                config.addr
            );
            return ExitCode::FAILURE;
        }
    };
    let log = Log::stderr(config.log);
    let traces = match Traces::read(|var| std::env::var(var).ok(), env!("CARGO_PKG_VERSION"), &log) {
        Ok(traces) => traces,
        Err(error) => return refuse(&error),
    };
    let state = match AppState::new(&config, addr, log, traces) {
        Ok(state) => state,
        Err(error) => return refuse(&error),
    };
    let signal = shutdown::signal();
    say(&format!("CodeCraft is at http://{}\n", reachable(addr)));
    if let Some(token) = state.setup_token() {
        say(&format!(
            "Nobody can sign in yet. Open it in a browser and make the first user with this token: {token}\n"
        ));
    }
    if !addr.ip().is_loopback() && config.trusted_proxies.is_empty() {
        eprintln!("codecraft: {INSECURE}");
    }
    serve(listener, state, signal).await;
    ExitCode::SUCCESS
}

/// Prints a line for everything that is configured; fails if something does not work.
async fn try_all(config: &Config) -> ExitCode {
    let findings = match check::check(config).await {
        Ok(findings) => findings,
        Err(error) => return refuse(&error),
    };
    say(&findings.iter().fold(String::new(), |all, finding| format!("{all}{finding}\n")));
    let fails = findings.iter().any(|finding| finding.verdict == Verdict::Fails);
    if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

async fn ask(config: &Config) -> ExitCode {
    match check::health(config.addr).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("codecraft: {}", why.trim_end());
            ExitCode::FAILURE
        }
    }
}

fn say(text: &str) -> ExitCode {
    let mut out = std::io::stdout();
    // Nobody has to read it: a closed standard output is no reason to end.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    ExitCode::SUCCESS
}

fn refuse(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("codecraft: {error}");
    ExitCode::from(BAD_CONFIG)
}
