//! Lines on standard error, for people or for programs.
//!
//! A line never holds a prompt, a key, a query or a client's address: callers pass ids, codes, numbers and the short
//! causes of [`cause`]. Known secrets are masked all the same, in case an error of a library repeats one.

use std::{
    error::Error,
    fmt::{Display, Write as _},
    io::Write as _,
    str::FromStr,
    sync::Arc,
    time::SystemTime,
};

/// Longest value in a line, in characters.
const MAX_VALUE: usize = 160;

/// How a line is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// `2026-11-20T19:56:01.123Z warn upstream_broke provider=box`: what went wrong, for people.
    #[default]
    Pretty,
    /// One JSON object per line, with `time`, `level`, `message` and the fields beside them, for programs. They also
    /// get a line per request of the API, which people would drown in.
    Json,
}

impl FromStr for Format {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "pretty" => Ok(Self::Pretty),
            "json" => Ok(Self::Json),
            _ => Err(()),
        }
    }
}

/// The value of a field.
pub trait Field: Display {
    /// True for what JSON writes without quotes, exactly as `Display` does.
    fn is_bare(&self) -> bool {
        false
    }
}

impl Field for str {}
impl Field for String {}
impl<T: Field + ?Sized> Field for &T {
    fn is_bare(&self) -> bool {
        (**self).is_bare()
    }
}
impl<T: Field + ?Sized> Field for Arc<T> {
    fn is_bare(&self) -> bool {
        (**self).is_bare()
    }
}

macro_rules! bare {
    ($($type:ty)*) => { $(impl Field for $type { fn is_bare(&self) -> bool { true } })* };
}
bare!(bool u16 u32 u64 u128 usize);

type Sink = dyn Fn(&str) + Send + Sync;
type Mask = dyn Fn(&str) -> String + Send + Sync;

/// Where lines go. Cloning shares the destination.
#[derive(Clone)]
pub struct Log {
    sink: Arc<Sink>,
    mask: Arc<Mask>,
    format: Format,
}

impl Log {
    /// Writes to standard error.
    pub fn stderr(format: Format) -> Self {
        let log = Self::to(|line| {
            // One write per line, so that lines of several threads do not mix. Nobody has to read them.
            let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
        });
        log.in_format(format)
    }

    /// Hands each line, without its line end, to `sink`.
    pub fn to(sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { sink: Arc::new(sink), mask: Arc::new(str::to_owned), format: Format::default() }
    }

    pub fn in_format(self, format: Format) -> Self {
        Self { format, ..self }
    }

    /// Passes every value through `mask`, which replaces the secrets that the server knows.
    pub fn masking(self, mask: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self { mask: Arc::new(mask), ..self }
    }

    /// Writes that something went wrong: `event` in snake case, and what is known about it.
    pub fn event(&self, event: &str, fields: &[(&str, &dyn Field)]) {
        self.write("warn", event, fields);
    }

    /// Writes what the operator should know although nothing went wrong.
    pub fn note(&self, event: &str, fields: &[(&str, &dyn Field)]) {
        self.write("info", event, fields);
    }

    /// True if the format has a line per request.
    pub(crate) fn lists_requests(&self) -> bool {
        self.format == Format::Json
    }

    /// Writes the line of a request.
    pub(crate) fn request(&self, fields: &[(&str, &dyn Field)]) {
        self.write("info", "request", fields);
    }

    fn write(&self, level: &str, message: &str, fields: &[(&str, &dyn Field)]) {
        let time = humantime::format_rfc3339_millis(SystemTime::now());
        let fields = fields.iter().map(|(key, value)| (*key, self.value(*value), value.is_bare()));
        // Writing to a String cannot fail.
        let mut line = String::with_capacity(256);
        match self.format {
            Format::Pretty => {
                let _ = write!(line, "{time} {level} {message}");
                for (key, value, _) in fields {
                    let plain = !value.is_empty()
                        && value.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '=');
                    let _ =
                        if plain { write!(line, " {key}={value}") } else { write!(line, " {key}={value:?}") };
                }
            }
            Format::Json => {
                let _ = write!(line, r#"{{"time":"{time}","level":"{level}","message":{}"#, quoted(message));
                for (key, value, bare) in fields {
                    let value = if bare { value } else { quoted(&value) };
                    let _ = write!(line, ",{}:{value}", quoted(key));
                }
                line.push('}');
            }
        }
        (self.sink)(&line);
    }

    /// Masked first: a secret that was cut or escaped would not be found any more.
    fn value(&self, value: &dyn Field) -> String {
        let mut text = (self.mask)(&value.to_string());
        if let Some((end, _)) = text.char_indices().nth(MAX_VALUE) {
            text.truncate(end);
        }
        text
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
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

    /// The line of an event in this format, without its time.
    fn line(format: Format, fields: &[(&str, &dyn Field)]) -> String {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = lines.clone();
        let log = Log::to(move |line| sink.lock().unwrap().push(line.to_owned()))
            .in_format(format)
            .masking(|text| text.replace("canary-key", "**********"));
        log.event("upstream_broke", fields);
        let lines = lines.lock().unwrap();
        let text = lines[0].split_once('T').unwrap().1.split_once('Z').unwrap().1;
        text.to_owned()
    }

    #[test]
    fn values_are_quoted_cut_and_masked() {
        let long = "ß".repeat(900);
        let fields: [(&str, &dyn Field); 4] =
            [("status", &502_u16), ("cause", &"a\nb canary-key"), ("none", &""), ("long", &long)];
        let kept = "ß".repeat(MAX_VALUE);
        assert_eq!(
            line(Format::Pretty, &fields),
            format!(r#" warn upstream_broke status=502 cause="a\nb **********" none="" long="{kept}""#)
        );
        assert_eq!(
            line(Format::Json, &fields),
            format!(
                r#"","level":"warn","message":"upstream_broke","status":502,"cause":"a\nb **********","none":"","long":"{kept}"}}"#
            )
        );
    }

    #[test]
    fn numbers_are_numbers_in_json_and_names_are_not() {
        let provider: Arc<str> = "123".into();
        let fields: [(&str, &dyn Field); 3] =
            [("provider", &provider), ("duration_ms", &12_u128), ("aborted", &true)];
        let text = line(Format::Json, &fields);
        assert!(text.ends_with(r#","provider":"123","duration_ms":12,"aborted":true}"#), "{text}");
    }

    #[test]
    fn a_line_says_when_it_was_written() {
        let lines = Arc::new(Mutex::new(String::new()));
        let sink = lines.clone();
        let before = SystemTime::now();
        Log::to(move |line| line.clone_into(&mut sink.lock().unwrap())).event("x", &[]);
        let line = lines.lock().unwrap();
        let time = humantime::parse_rfc3339(line.split(' ').next().unwrap()).unwrap();
        let late = time.duration_since(before).unwrap_or_else(|early| early.duration());
        assert!(late < std::time::Duration::from_secs(1), "{line}");
    }
}
