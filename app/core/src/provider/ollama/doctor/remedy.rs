//! What to do about a cause: a sentence, the line to type on this system, and what else there is to know.

use super::{Address, Os, Site};

/// How to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    pub sentence: String,
    /// A line for a terminal.
    pub command: Option<String>,
    /// May be empty.
    pub note: String,
}

impl Fix {
    pub fn new(sentence: impl Into<String>, command: Option<String>, note: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), command, note: note.into() }
    }
}

/// Models that are often missing, with the size of the download in words.
const SIZES: [(&str, &str); 5] = [
    ("codellama:latest", "3.8 GB"),
    ("deepseek-coder:latest", "776 MB"),
    ("granite-code:latest", "2.0 GB"),
    ("llama3.3:latest", "43 GB"),
    ("qwen2.5-coder:latest", "4.7 GB"),
];

/// Starts Ollama; `whose` says on which machine.
pub fn start(os: Os, whose: &str) -> Fix {
    let (command, note) = match os {
        Os::Macos => ("open -a Ollama", "Or start it in a terminal: ollama serve."),
        Os::Linux => ("ollama serve", "Where it is a service: sudo systemctl start ollama."),
        Os::Windows | Os::Other => ("ollama serve", ""),
    };
    let more = "Is it not installed? It is at ollama.com/download.";
    Fix::new(format!("Start Ollama{whose}:"), Some(command.into()), join(note, more))
}

/// Starts Ollama with a setting.
pub fn start_with(os: Os, name: &str, value: &str, purpose: &str, more: &str) -> Fix {
    // As a shell wants it.
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let quoted = if plain { value.to_owned() } else { format!("\"{value}\"") };
    let (sentence, command, note) = match os {
        Os::Macos => (
            format!("Tell Ollama {purpose}:"),
            format!("launchctl setenv {name} {quoted}"),
            "Then quit Ollama in the menu bar and open it again.".to_owned(),
        ),
        Os::Windows => (
            format!("Tell Ollama {purpose}:"),
            format!("setx {name} {quoted}"),
            "Then quit Ollama in the task bar and start it again.".into(),
        ),
        Os::Linux | Os::Other => (
            format!("Stop Ollama, then start it {purpose}:"),
            format!("{name}={quoted} ollama serve"),
            format!(
                "Where it is a service: sudo systemctl edit ollama, write Environment=\"{name}={value}\" below \
                 [Service], then sudo systemctl restart ollama."
            ),
        ),
    };
    Fix::new(sentence, Some(command), join(&note, more))
}

/// Lets the origin of this page in.
pub fn admit(site: &Site) -> Fix {
    start_with(site.os, "OLLAMA_ORIGINS", &site.origin, "with this page among its origins", "")
}

/// Fetches models.
pub fn pull(missing: &[&str]) -> Fix {
    let [first, others @ ..] = missing else { return Fix::new("", None, "") };
    let full = super::read::full(first);
    let size = SIZES.iter().find(|(name, _)| *name == full);
    let size = size.map(|(_, size)| format!("It is about {size} to download.")).unwrap_or_default();
    let others: Vec<String> = others.iter().map(|name| format!("ollama pull {name}")).collect();
    let others = if others.is_empty() { String::new() } else { format!("Then also: {}.", others.join(", ")) };
    Fix::new("Fetch the model:", Some(format!("ollama pull {first}")), join(&size, &others))
}

/// Lets our server do the call that the browser does not allow.
pub fn relay(address: &Address) -> Fix {
    Fix::new(
        "Let the CodeCraft server ask it, and choose “Through the server”:",
        Some(format!("OLLAMA_API_URL={} make run", address.base())),
        "The server is not a browser and may reach any address that you give it.",
    )
}

fn join(one: &str, other: &str) -> String {
    let between = if one.is_empty() || other.is_empty() { "" } else { " " };
    format!("{one}{between}{other}")
}
