//! One line per failure, as `key=value` pairs on standard error.
//!
//! A line never holds a prompt, a key, a query or a client's address: callers pass ids, codes, numbers and the short
//! causes of [`cause`]. Known secrets are masked all the same, in case an error of a library repeats one.

use std::{
    error::Error,
    fmt::{self, Write as _},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::secret::Secrets;

/// Longest value in a line, in characters.
const MAX_VALUE: usize = 160;

/// Where lines go. Cloning shares the destination.
#[derive(Clone)]
pub struct Log {
    sink: Arc<dyn Fn(&str) + Send + Sync>,
    secrets: Secrets,
}

impl Log {
    /// Writes to standard error.
    pub fn stderr() -> Self {
        Self::to(|line| eprintln!("{line}"))
    }

    /// Hands each line, without its line end, to `sink`.
    pub fn to(sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { sink: Arc::new(sink), secrets: Secrets::default() }
    }

    pub(crate) fn hiding(self, secrets: Secrets) -> Self {
        Self { secrets, ..self }
    }

    /// Writes `at=<unix ms> event=… key=value …`; values with spaces or quotes are quoted.
    pub fn event(&self, event: &str, fields: &[(&str, &dyn fmt::Display)]) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        let mut line = format!("at={now} event={event}");
        for (key, value) in fields {
            // Masked first: a secret that was cut or escaped would not be found any more.
            let value: String = self.secrets.scrub(&value.to_string()).chars().take(MAX_VALUE).collect();
            let plain =
                !value.is_empty() && value.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '=');
            // Writing to a String cannot fail.
            let _ = if plain { write!(line, " {key}={value}") } else { write!(line, " {key}={value:?}") };
        }
        (self.sink)(&line);
    }
}

/// The innermost cause of an error. The outer layers of an HTTP client's error name the URL, this one does not.
pub fn cause(error: &(dyn Error + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use codecraft_config::Secret;

    #[test]
    fn values_are_quoted_cut_and_masked() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = lines.clone();
        let log = Log::to(move |line| sink.lock().unwrap().push(line.to_owned()))
            .hiding(Secrets::new([&Secret::new("canary-key").unwrap()]));
        log.event(
            "upstream_broke",
            &[("status", &502), ("cause", &"a\nb canary-key"), ("long", &"x".repeat(900))],
        );
        let line = lines.lock().unwrap().remove(0);
        let expect = format!(
            r#" event=upstream_broke status=502 cause="a\nb **********" long={}"#,
            "x".repeat(MAX_VALUE)
        );
        assert!(line.starts_with("at=") && line.ends_with(&expect), "{line}");
    }
}
