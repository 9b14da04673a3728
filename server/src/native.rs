//! Which native calls may be made: each kind of provider has its own table of methods and paths.
//!
//! A path is checked as it came, before anything decodes or normalises it, and rebuilt from letters that no URL parser
//! reads in two ways. What is not in a table does not exist: no pull, no delete, no upload, no other host.

use codecraft_core::{
    api::Code,
    provider::{
        ProviderKind,
        protocol::{Parameter, Route},
    },
};

use crate::error::Failure;

/// Longest native path with query, in bytes. Page tokens are the longest part.
const MAX_PATH: usize = 2048;
/// Longest model id, in bytes.
const MAX_ID: usize = 128;

/// The two methods that native calls have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

impl Method {
    /// The method of this name; names are case-sensitive, as in HTTP.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "GET" => Some(Self::Get),
            "POST" => Some(Self::Post),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A call that is in the table.
#[derive(Debug)]
pub struct Native {
    /// Path and query in the one form that is sent.
    pub path: String,
    /// It makes a model work.
    pub generates: bool,
}

/// Checks a call against the table of `kind`. `path` is the native path with query, without leading slash, as the client
/// wrote it.
pub fn check(kind: ProviderKind, method: Option<Method>, path: &str) -> Result<Native, Failure> {
    let refuse = || Failure::new(Code::PathNotAllowed, "This path of the provider is not relayed.");
    if path.len() > MAX_PATH {
        return Err(refuse());
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut native = plain_path(path).ok_or_else(refuse)?;
    let routes = kind.facts().relay.as_ref().map_or(&[][..], |relay| relay.routes);
    let mut here = routes.iter().filter(|route| matches(route.pattern, &native)).peekable();
    let allow = method_of(here.peek().ok_or_else(refuse)?).name();
    let route = here.find(|route| Some(method_of(route)) == method).ok_or_else(|| Failure {
        allow: Some(allow),
        ..Failure::new(Code::MethodNotAllowed, format!("This path of the provider takes {allow} only."))
    })?;
    let query = plain_query(route.query, query).ok_or_else(|| {
        Failure::new(Code::PathNotAllowed, "This path of the provider is not relayed with such a query.")
    })?;
    if !query.is_empty() {
        native.push('?');
        native.push_str(&query);
    }
    Ok(Native { path: native, generates: route.generates })
}

/// The path with percent-encoded letters decoded, if nothing else than plain letters and slashes is in it. An encoded
/// slash, dot or percent sign is never plain.
fn plain_path(path: &str) -> Option<String> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':');
    let mut plain = String::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let (byte, after) = if byte == b'%' {
            let (hex, after) = after.split_at_checked(2)?;
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let decoded = u8::try_from(digit(hex[0])? * 16 + digit(hex[1])?).ok()?;
            (Some(decoded).filter(|decoded| letter(*decoded))?, after)
        } else {
            (Some(byte).filter(|byte| letter(*byte) || matches!(byte, b'.' | b'/'))?, after)
        };
        plain.push(char::from(byte));
        rest = after;
    }
    Some(plain)
}

fn method_of(route: &Route) -> Method {
    if route.post { Method::Post } else { Method::Get }
}

fn matches(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let all = pattern.split('/').all(|part| {
        segments.next().is_some_and(|segment| match part.strip_prefix("{id}") {
            None => segment == part,
            Some(verb) => segment.strip_suffix(verb).is_some_and(is_id),
        })
    });
    all && segments.next().is_none()
}

/// A model id as it may stand in a path: it begins with a letter or digit, so it is no dot segment.
fn is_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    id.len() <= MAX_ID
        && id.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
        && id.bytes().all(plain)
}

/// The allowed parameters as they are sent on, in the client's order. A `key` is dropped, since keys travel in headers
/// and only the operator's counts; any other parameter, and any given twice, refuses the call.
fn plain_query(allowed: &[Parameter], query: &str) -> Option<String> {
    let mut plain: Vec<(&str, &str)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if name == "key" {
            continue;
        }
        let parameter = allowed.iter().find(|parameter| name_of(parameter) == name)?;
        if !takes(parameter, value) || plain.iter().any(|(other, _)| *other == name) {
            return None;
        }
        plain.push((name, value));
    }
    Some(plain.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"))
}

fn name_of(parameter: &Parameter) -> &'static str {
    match parameter {
        Parameter::Word(name, _) | Parameter::Number(name) | Parameter::Token(name) => name,
    }
}

fn takes(parameter: &Parameter, value: &str) -> bool {
    match parameter {
        Parameter::Word(_, words) => words.contains(&value),
        Parameter::Number(_) => {
            (1..=4).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit())
        }
        Parameter::Token(_) => is_token(value),
    }
}

/// An opaque page token, base64 of either alphabet: its signs may be percent-encoded and are sent on as they came.
fn is_token(value: &str) -> bool {
    let decoded = ["%2B", "%2F", "%3D", "%2b", "%2f", "%3d"]
        .iter()
        .fold(value.to_owned(), |text, encoded| text.replace(encoded, "-"));
    !value.is_empty() && decoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~=".contains(&byte))
}

#[cfg(test)]
mod tests {
    use codecraft_core::provider::{gemini, openai};

    use super::*;

    const GEMINI_STREAM: &str = "v1beta/models/gemini-flash-latest:streamGenerateContent";

    #[track_caller]
    fn sent(kind: ProviderKind, method: Method, path: &str, expect: &str) {
        assert_eq!(
            check(kind, Some(method), path).map(|native| native.path).as_deref(),
            Ok(expect),
            "{path}"
        );
    }

    #[track_caller]
    fn refused(kind: ProviderKind, method: Method, path: &str, code: Code) {
        let failure = check(kind, Some(method), path).expect_err(path);
        assert_eq!(failure.error.code, code, "{path}");
    }

    #[test]
    fn every_rule_passes_in_its_own_form() {
        for kind in ProviderKind::all() {
            let Some(relay) = &kind.facts().relay else { continue };
            for route in relay.routes {
                let path = route.pattern.replace("{id}", "gemini-2.5-pro");
                let own = method_of(route);
                sent(kind, own, &path, &path);
                let other = if own == Method::Get { Method::Post } else { Method::Get };
                refused(kind, other, &path, Code::MethodNotAllowed);
            }
        }
    }

    #[test]
    fn a_query_is_rebuilt_from_allowed_parameters_without_key() {
        for (query, expect) in [
            ("?alt=sse", "?alt=sse"),
            ("?key=AIza&alt=sse", "?alt=sse"),
            ("?alt=sse&key=a&key=b", "?alt=sse"),
            ("?key", ""),
            ("?", ""),
            ("?&&alt=json&", "?alt=json"),
        ] {
            sent(
                gemini::KIND,
                Method::Post,
                &format!("{GEMINI_STREAM}{query}"),
                &format!("{GEMINI_STREAM}{expect}"),
            );
        }
        let page = "v1beta/models?pageSize=1000&pageToken=Ch%2Ba-_%3D%3D";
        sent(gemini::KIND, Method::Get, page, page);
        for query in [
            "alt=media",
            "alt=sse&alt=json",
            "%6bey=a",
            "KEY=a",
            "access_token=a",
            "$alt=sse",
            "upload_protocol=raw",
            "alt=sse%26key%3Da",
            "alt=sse;key=a",
            "pageSize=1",
            "alt",
            "alt=sse?key=a",
            "alt=sse#a",
        ] {
            refused(gemini::KIND, Method::Post, &format!("{GEMINI_STREAM}?{query}"), Code::PathNotAllowed);
        }
        refused(openai::KIND, Method::Get, "v1/models?limit=5", Code::PathNotAllowed);
    }

    #[test]
    fn encoded_letters_are_decoded_and_nothing_else_is() {
        sent(gemini::KIND, Method::Get, "v1/models/gem%69ni%2Dpro", "v1/models/gemini-pro");
        sent(gemini::KIND, Method::Post, "v1/models/a%3AgenerateContent", "v1/models/a:generateContent");
        for path in [
            "v1/models/a%2Eb",
            "v1%2Fmodels",
            "v1/models/a%",
            "v1/models/a%4",
            "v1/models/%zz",
            "v1/models/%+1",
        ] {
            refused(gemini::KIND, Method::Get, path, Code::PathNotAllowed);
        }
    }
}
