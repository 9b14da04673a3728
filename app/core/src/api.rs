//! The contract between the app and its proxy: configuration, errors, and the frames of a stream.
//!
//! Both sides use these types, so they cannot disagree. Nothing here carries a key or an upstream address.
//!
//! The app reads with `read` where a type has it ([`Config::read`], [`StreamFrame::read`], …): by name from a JSON value, as it
//! reads what providers send. The derived readers make the same of the same text (the tests compare them), but code for each type and each
//! variant would travel with every first load.

use serde::{
    Deserialize, Serialize,
    de::{IntoDeserializer, value::Error},
};
use serde_json::Value;

use crate::provider::{ProviderKind, json};

/// Version of this contract, reported by `/api/config`.
pub const API_VERSION: u32 = 1;
/// Path of the configuration.
pub const CONFIG_PATH: &str = "/api/config";
/// Path of the WebSocket that carries one upstream call.
pub const STREAM_PATH: &str = "/api/stream";
/// Prefix of the plain HTTP relay: `/api/providers/{id}/{native path}`.
pub const PROVIDERS_PREFIX: &str = "/api/providers/";
/// Response header that names the [`Code`] of an error made by the proxy itself.
pub const ERROR_HEADER: &str = "x-codecraft-error";
/// Request header that names the run a call belongs to, in the plain HTTP relay; sockets say it in [`StreamOpen::run`].
pub const RUN_HEADER: &str = "x-codecraft-run";
/// Path of what the signed-in user may still do, a [`Allowance`].
pub const LIMITS_PATH: &str = "/api/limits";
/// `POST` of a [`Login`]: a session, where people have names and passwords here.
pub const LOGIN_PATH: &str = "/api/auth/login";
/// `POST` of a [`Setup`]: the first user, with the token that the server has printed.
pub const SETUP_PATH: &str = "/api/auth/setup";
/// `POST` of a [`Logout`].
pub const LOGOUT_PATH: &str = "/api/auth/logout";
/// `GET`: the [`Auth`] of the caller; 401 where somebody has to sign in first.
pub const ME_PATH: &str = "/api/auth/me";

/// Levels of objects and arrays that the body of a call may have.
pub const MAX_DEPTH: usize = 64;

/// True if `json` nests deeper than [`MAX_DEPTH`]. Whether it is JSON at all is for the upstream to say.
pub fn is_too_deep(json: &[u8]) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    json.iter().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_DEPTH
    })
}

/// Answer of `GET /api/config`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// Always [`API_VERSION`].
    pub api: u32,
    /// Version of the server's package.
    pub version: String,
    /// Every provider of the operator, in display order, ready or not; none for somebody who has to sign in first.
    pub providers: Vec<ProviderInfo>,
    pub auth: Auth,
    pub limits: Limits,
}

impl Config {
    /// Reads a configuration, with the providers whose kinds this version knows; `None` if it is none.
    pub fn read(body: &[u8]) -> Option<Self> {
        let config = json::parse(body)?;
        config.get("providers").filter(|providers| providers.is_array())?;
        let providers = json::list(&config, "providers").iter().filter_map(|provider| {
            Some(ProviderInfo {
                id: json::text(provider, "id")?.into(),
                kind: named(json::text(provider, "kind")?)?,
                ready: provider.get("ready").and_then(Value::as_bool)?,
                reason: json::text(provider, "reason").map(ToOwned::to_owned),
            })
        });
        let limits = config.get("limits").unwrap_or(&Value::Null);
        Some(Self {
            api: small(&config, "api"),
            version: json::text(&config, "version").unwrap_or_default().into(),
            providers: providers.collect(),
            auth: config.get("auth").and_then(Auth::of)?,
            limits: Limits {
                max_body_bytes: json::count(limits, "max_body_bytes").unwrap_or_default(),
                max_streams: small(limits, "max_streams"),
                generations: small(limits, "generations"),
            },
        })
    }
}

/// The number at `key`; 0 if there is none that fits.
fn small(value: &Value, key: &str) -> u32 {
    json::count(value, key).and_then(|count| count.try_into().ok()).unwrap_or_default()
}

/// One provider as the browser may know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderInfo {
    /// The id in paths and model names: `gemini`, `ollama`, `openai`, or the operator's name of a local server.
    pub id: String,
    pub kind: ProviderKind,
    /// True if the proxy has what it needs to call it (a key, an address). It says nothing about the upstream being up.
    pub ready: bool,
    /// One sentence on what is missing, when it is not ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The variant with this name on the wire.
fn named<'a, T: Deserialize<'a>>(name: &'a str) -> Option<T> {
    T::deserialize(IntoDeserializer::<Error>::into_deserializer(name)).ok()
}

/// Who the caller is to this server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Auth {
    pub mode: AuthMode,
    /// The signed-in user. `None` where nobody has to sign in, or has not yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// True while there is no user at all: the first one is made with the token that the server has printed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub setup: bool,
}

impl Auth {
    fn of(auth: &Value) -> Option<Self> {
        Some(Self {
            mode: named(json::text(auth, "mode")?)?,
            user: json::text(auth, "user").map(ToOwned::to_owned),
            setup: auth.get("setup").and_then(Value::as_bool) == Some(true),
        })
    }

    /// True for somebody who has to sign in before anything else.
    pub fn is_shut(&self) -> bool {
        self.mode != AuthMode::Off && self.user.is_none()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMode {
    /// Everybody who reaches the proxy may use it; with keys set it listens on loopback only, unless the operator insists.
    Off,
    /// People sign in with a name and a password.
    Users,
    /// A reverse proxy in front has signed them in and says who they are.
    Header,
}

/// Body of [`LOGIN_PATH`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    pub user: String,
    pub password: String,
    /// True to get the session as [`Session::token`] in place of a cookie: for programs, and for pages of another origin.
    #[serde(default, skip_serializing_if = "is_false")]
    pub token: bool,
}

/// Body of [`SETUP_PATH`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// The one-time token on the server's console.
    pub setup: String,
    pub user: String,
    pub password: String,
}

/// Answer of [`LOGIN_PATH`] and [`SETUP_PATH`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub user: String,
    /// For `authorization: Bearer`, or wherever a provider's own client puts its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// Body of [`LOGOUT_PATH`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logout {
    /// True to end every session of the user, on every device.
    #[serde(default, skip_serializing_if = "is_false")]
    pub everywhere: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Largest request body in bytes.
    pub max_body_bytes: u64,
    /// Streams that one user may have open at once.
    pub max_streams: u32,
    /// Generations that one user may begin in a minute; 0 for any number.
    #[serde(default)]
    pub generations: u32,
}

/// Answer of [`LIMITS_PATH`]: the generations of the last minute, over all replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// Generations per minute; 0 for any number, and then the others say nothing.
    pub limit: u32,
    /// How many may begin now.
    pub remaining: u32,
    /// When one more is free, in milliseconds from now; 0 if all are.
    pub next_ms: u64,
}

impl Allowance {
    pub fn read(body: &[u8]) -> Option<Self> {
        let allowance = json::parse(body)?;
        allowance.get("limit")?;
        let next_ms = json::count(&allowance, "next_ms").unwrap_or_default();
        Some(Self { limit: small(&allowance, "limit"), remaining: small(&allowance, "remaining"), next_ms })
    }
}

/// An error made by the proxy, as it stands in a JSON body and in [`StreamFrame::Error`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    pub error: ProxyError,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyError {
    /// Always `"proxy"`; tells our errors from an upstream's.
    pub source: String,
    pub code: Code,
    /// One sentence without secrets.
    pub message: String,
    /// How long to wait before trying again, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ProxyError {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { source: "proxy".into(), code, message: message.into(), retry_after_ms: None }
    }

    /// Reads the body of a refusal; `None` if somebody else wrote it.
    pub fn read(body: &[u8]) -> Option<Self> {
        Self::of(own_error(&json::parse(body)?)?)
    }

    fn of(error: &Value) -> Option<Self> {
        Some(Self {
            source: json::text(error, "source").unwrap_or_default().into(),
            code: Code::named(code_name(error)?),
            message: json::text(error, "message").unwrap_or_default().into(),
            retry_after_ms: json::count(error, "retry_after_ms"),
        })
    }
}

/// The object in the body of an answer, or in an event of a stream, with which the proxy tells of its own error; `None` for an
/// error of the upstream. Behind the path of a provider it has the [form](crate::provider::protocol::ErrorForm) of that provider.
pub fn own_error(root: &Value) -> Option<&Value> {
    let error = root.get("error").filter(|error| error.is_object()).unwrap_or(root);
    Some(error).filter(|error| json::text(error, "source") == Some("proxy"))
}

/// The name of the [`Code`] in what [`own_error`] found, in whichever form.
pub fn code_name(error: &Value) -> Option<&str> {
    json::text(error, "code").or_else(|| json::text(error, "status"))
}

/// Why the proxy refused or failed. Stable: clients may match on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// 421: the `Host` header is not one this server answers to.
    HostNotAllowed,
    /// 403: the request comes from another site.
    OriginNotAllowed,
    /// 404: no such route below `/api`.
    NoRoute,
    /// 404: no provider has this id.
    ProviderUnknown,
    /// 503: the provider has no key or address.
    ProviderNotReady,
    /// 404: the provider is known, the path below it is not allowed.
    PathNotAllowed,
    /// 405: the path is allowed, the method is not.
    MethodNotAllowed,
    /// 415: the body is not `application/json`.
    UnsupportedMedia,
    /// 400: the body or the first frame cannot be read.
    BadRequest,
    /// 413: the body is larger than [`Limits::max_body_bytes`].
    BodyTooLarge,
    /// 429: too many streams are open.
    TooManyStreams,
    /// 429: the user has begun as many generations as a minute may have.
    RateLimited,
    /// 401: somebody has to sign in first, or again.
    NotSignedIn,
    /// 401: no user has this name and this password; or, at set-up, the token is another.
    BadCredentials,
    /// 429: too many attempts to sign in failed.
    LoginThrottled,
    /// 400: the password or the name cannot be taken.
    BadPassword,
    /// 400: a header that only the reverse proxy in front may send.
    HeaderNotTrusted,
    /// 503: sessions and limits are kept in a store that does not answer.
    StoreUnavailable,
    /// 503: too many passwords are being checked.
    Busy,
    /// 504: a call ran longer than the server lets one run.
    StreamTooLong,
    /// 502: no connection to the upstream.
    UpstreamUnreachable,
    /// 504: the upstream accepted the connection and stayed silent.
    UpstreamTimeout,
    /// 502: the upstream's connection broke before or in its answer.
    UpstreamBroke,
    /// 502: the upstream's answer cannot be relayed: a redirect, or a compressed body.
    UpstreamUnusable,
    /// 503: the server is going down.
    ShuttingDown,
    /// 500: a fault of the proxy.
    Internal,
    /// A code of a newer server.
    #[serde(other)]
    Unknown,
}

impl Code {
    /// The code with this name on the wire.
    pub fn named(name: &str) -> Self {
        named(name).unwrap_or(Self::Unknown)
    }
}

/// First (text) frame of a stream's socket: the upstream call, native path and body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamOpen {
    /// Provider id.
    pub provider: String,
    /// `GET` or `POST`.
    pub method: String,
    /// Native path with query and without leading slash, such as `v1/chat/completions`.
    pub path: String,
    /// The run this call belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The JSON body exactly as it is to be sent; empty for `GET`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
}

/// Text frames from the proxy. Between [`StreamFrame::Head`] and the end, binary frames carry the upstream's bytes as they came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StreamFrame {
    /// The upstream's status and the few headers that pass.
    Head {
        status: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content_type: Option<String>,
        /// Seconds, as the upstream's `retry-after` said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u32>,
        /// The same wait in milliseconds, where the upstream said it so exactly, or as a date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
        /// What the upstream's `x-should-retry` said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        should_retry: Option<bool>,
    },
    /// The upstream's body ended by itself.
    End,
    /// The proxy could not open or finish the call; nothing follows.
    Error { error: ProxyError },
}

impl StreamFrame {
    /// Reads a frame; `None` for one of a newer server.
    pub fn read(text: &[u8]) -> Option<Self> {
        let frame = json::parse(text)?;
        match json::text(&frame, "type")? {
            "head" => Some(Self::Head {
                status: json::count(&frame, "status")?.try_into().ok()?,
                content_type: json::text(&frame, "content_type").map(ToOwned::to_owned),
                retry_after: json::count(&frame, "retry_after").and_then(|seconds| seconds.try_into().ok()),
                retry_after_ms: json::count(&frame, "retry_after_ms"),
                should_retry: frame.get("should_retry").and_then(Value::as_bool),
            }),
            "end" => Some(Self::End),
            "error" => Some(Self::Error { error: ProxyError::of(frame.get("error")?)? }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_the_documented_shape() {
        let head = StreamFrame::Head {
            status: 200,
            content_type: Some("text/event-stream".into()),
            retry_after: None,
            retry_after_ms: None,
            should_retry: None,
        };
        assert_eq!(
            serde_json::to_string(&head).unwrap(),
            r#"{"type":"head","status":200,"content_type":"text/event-stream"}"#
        );
        assert_eq!(serde_json::to_string(&StreamFrame::End).unwrap(), r#"{"type":"end"}"#);
        let error =
            StreamFrame::Error { error: ProxyError::new(Code::UpstreamUnreachable, "No connection.") };
        assert_eq!(
            serde_json::to_string(&error).unwrap(),
            r#"{"type":"error","error":{"source":"proxy","code":"upstream_unreachable","message":"No connection."}}"#
        );
    }

    #[track_caller]
    fn check_frame(text: &str) {
        assert_eq!(StreamFrame::read(text.as_bytes()), serde_json::from_str(text).ok(), "{text}");
    }

    #[test]
    fn both_readers_make_the_same_of_a_frame() {
        for text in [
            r#"{"type":"head","status":200,"content_type":"text/event-stream"}"#,
            r#"{"type":"head","status":429,"retry_after":7}"#,
            r#"{"type":"head","status":429,"retry_after_ms":1500,"should_retry":false}"#,
            r#"{"type":"head","status":99999}"#,
            r#"{"type":"head"}"#,
            r#"{"type":"end"}"#,
            r#"{"type":"error","error":{"source":"proxy","code":"upstream_timeout","message":"Late.","retry_after_ms":5}}"#,
            r#"{"type":"error","error":{"source":"proxy","code":"from_the_future","message":"?"}}"#,
            r#"{"type":"error"}"#,
            r#"{"type":"from_the_future"}"#,
            "[]",
            "{",
        ] {
            check_frame(text);
        }
    }

    #[track_caller]
    fn check<T: serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(
        read: impl Fn(&[u8]) -> Option<T>,
        text: &str,
    ) {
        assert_eq!(read(text.as_bytes()), serde_json::from_str(text).ok(), "{text}");
    }

    #[test]
    fn both_readers_make_the_same_of_a_configuration() {
        let providers = r#"[{"id":"gemini","kind":"gemini","ready":false,"reason":"No key."},{"id":"desk","kind":"local","ready":true}]"#;
        for (auth, limits) in [
            (r#"{"mode":"off"}"#, r#"{"max_body_bytes":1,"max_streams":1}"#),
            (r#"{"mode":"users","setup":true}"#, r#"{"max_body_bytes":1,"max_streams":1,"generations":0}"#),
            (
                r#"{"mode":"header","user":"ann"}"#,
                r#"{"max_body_bytes":1,"max_streams":16,"generations":10}"#,
            ),
        ] {
            check(
                Config::read,
                &format!(
                    r#"{{"api":1,"version":"0.1.0","auth":{auth},"limits":{limits},"providers":{providers}}}"#
                ),
            );
        }
        for text in ["{}", "<html>", r#"{"providers":[]}"#] {
            assert_eq!(Config::read(text.as_bytes()), None);
        }
    }

    #[test]
    fn both_readers_make_the_same_of_an_allowance() {
        for text in
            [r#"{"limit":10,"remaining":7,"next_ms":1200}"#, r#"{"limit":0,"remaining":0,"next_ms":0}"#, "{}"]
        {
            check(Allowance::read, text);
        }
    }

    #[test]
    fn only_the_proxy_refuses_in_its_own_name() {
        let text =
            r#"{"error":{"source":"proxy","code":"login_throttled","message":"Wait.","retry_after_ms":900}}"#;
        let error =
            ProxyError { retry_after_ms: Some(900), ..ProxyError::new(Code::LoginThrottled, "Wait.") };
        assert_eq!(ProxyError::read(text.as_bytes()), Some(error));
        for text in
            [r#"{"error":{"code":"login_throttled","message":"Wait."}}"#, r#"{"error":"no"}"#, "<html>"]
        {
            assert_eq!(ProxyError::read(text.as_bytes()), None);
        }
    }

    #[test]
    fn who_has_to_sign_in_first_is_told_by_mode_and_name() {
        let auth = |mode, user: Option<&str>| Auth { mode, user: user.map(Into::into), setup: false };
        assert!(!auth(AuthMode::Off, None).is_shut());
        assert!(auth(AuthMode::Users, None).is_shut() && auth(AuthMode::Header, None).is_shut());
        assert!(!auth(AuthMode::Users, Some("ann")).is_shut());
    }

    #[track_caller]
    fn check_depth(json: &str, deep: bool) {
        assert_eq!(is_too_deep(json.as_bytes()), deep, "{json}");
    }

    #[test]
    fn depth_is_that_of_brackets_outside_of_strings() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        check_depth(&nested(MAX_DEPTH), false);
        check_depth(&nested(MAX_DEPTH + 1), true);
        check_depth(&"{\"a\":".repeat(MAX_DEPTH + 1), true);
        check_depth(&format!("[{}]", vec![nested(MAX_DEPTH - 1); 9].join(",")), false);
        check_depth(&format!("{{\"a\":\"{}\"}}", "[".repeat(900)), false);
        check_depth(&format!("[\"\\\"{}\"]", "{".repeat(900)), false);
        check_depth(&format!("[\"\\\\\",{}", "[".repeat(900)), true);
        check_depth(&format!("{}{}", "]".repeat(900), nested(MAX_DEPTH)), false);
        check_depth("", false);
    }

    #[test]
    fn a_code_of_a_newer_server_is_understood_as_unknown() {
        assert_eq!(serde_json::from_str::<Code>(r#""from_the_future""#).unwrap(), Code::Unknown);
    }
}
