//! `codecraft user`: keeps the file of users, also of a server that runs.

use std::{io::stdin, path::Path};

use codecraft_accounts::{Users, UsersError};

use crate::config::UserCommand;

/// Why a command was not carried out: a sentence, and whether it is the file that has to be put right first.
pub struct Refused {
    pub sentence: String,
    pub bad_file: bool,
}

impl From<UsersError> for Refused {
    fn from(error: UsersError) -> Self {
        let bad_file =
            matches!(error, UsersError::Unreadable(_) | UsersError::Line(_) | UsersError::Twice(_));
        Self { sentence: error.to_string(), bad_file }
    }
}

impl Refused {
    fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), bad_file: false }
    }
}

/// Carries out a command on the file and gives what to print. Asks for passwords on the terminal.
pub fn run(command: &UserCommand, file: &Path) -> Result<String, Refused> {
    let users = Users::open(file, |_| ())?;
    match command {
        UserCommand::Add { name, stdin } => {
            if users.has(name)? {
                return Err(UsersError::Taken.into());
            }
            let name = users.add(name, &password(*stdin)?)?.name;
            Ok(format!("{name} can sign in now.\n"))
        }
        UserCommand::Password { name, stdin } => {
            if !users.has(name)? {
                return Err(UsersError::Unknown.into());
            }
            users.set_password(name, &password(*stdin)?)?;
            Ok("The new password counts now; every session with the old one has ended.\n".to_owned())
        }
        UserCommand::Remove { name } => {
            users.remove(name)?;
            Ok("The user is removed; every session of that name has ended.\n".to_owned())
        }
        UserCommand::List => Ok(users.names().into_iter().map(|name| name + "\n").collect()),
    }
}

/// A password, from a line of standard input or asked for twice.
fn password(from_stdin: bool) -> Result<String, Refused> {
    if from_stdin {
        let mut line = String::new();
        stdin().read_line(&mut line).map_err(|_| Refused::new("Standard input is no text."))?;
        let password = line.strip_suffix('\n').unwrap_or(&line);
        return Ok(password.strip_suffix('\r').unwrap_or(password).to_owned());
    }
    let ask = |prompt| {
        rpassword::prompt_password(prompt).map_err(|_| {
            Refused::new("There is no terminal to ask on; --stdin reads the password from standard input.")
        })
    };
    let password = ask("Password: ")?;
    if password == ask("The same again: ")? {
        Ok(password)
    } else {
        Err(Refused::new("The two passwords differ; nothing was changed."))
    }
}
