//! What the proxy itself refuses or fails at, as HTTP answers.
//!
//! The codes live in [`codecraft_core::api`]; here each gets its status. Upstream errors are no concern of this module:
//! they pass as they came.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use codecraft_core::{
    api::{Code, ERROR_HEADER, MAX_DEPTH, ProxyError},
    provider::protocol::ErrorForm,
};

/// A refusal or failure on its way to the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub error: ProxyError,
    /// The methods that would have been right, for [`Code::MethodNotAllowed`].
    pub allow: Option<&'static str>,
}

impl Failure {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { error: ProxyError::new(code, message), allow: None }
    }

    /// Adds how long to wait before the next try, in milliseconds.
    pub fn retry_after_ms(mut self, ms: u64) -> Self {
        self.error.retry_after_ms = Some(ms);
        self
    }

    pub(crate) fn too_deep() -> Self {
        Self::new(Code::BadRequest, format!("The body nests deeper than {MAX_DEPTH} levels."))
    }

    pub(crate) fn stream_too_long(longest: Duration) -> Self {
        let span = match longest.as_secs() {
            60 => "a minute".to_owned(),
            seconds if seconds >= 60 && seconds % 60 == 0 => format!("{} minutes", seconds / 60),
            seconds => format!("{seconds} seconds"),
        };
        let message = format!(
            "The answer took longer than {span}, the most that this server allows. What has come stays, and the model can be \
             asked to go on."
        );
        Self::new(Code::StreamTooLong, message)
    }

    pub(crate) fn shutting_down() -> Self {
        Self::new(Code::ShuttingDown, "The server is going down; try again in a moment.").retry_after_ms(2000)
    }
}

impl From<Failure> for ProxyError {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.written(ErrorForm::Object)
    }
}

impl Failure {
    /// The answer with its body in this form.
    pub fn written(self, form: ErrorForm) -> Response {
        let code = self.error.code;
        let retry_after = self.error.retry_after_ms.map(|ms| ms.div_ceil(1000));
        let mut response = Response::new(Body::from(json(&self.error, form)));
        *response.status_mut() = status(code);
        response.extensions_mut().insert(code);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Ok(name) = HeaderValue::try_from(name(code)) {
            headers.insert(ERROR_HEADER, name);
        }
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(methods) = self.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(methods));
        }
        response
    }
}

/// The error as JSON text.
pub fn json(error: &ProxyError, form: ErrorForm) -> String {
    let mut value = serde_json::json!(error);
    match form {
        ErrorForm::Object => {}
        ErrorForm::Numbered => {
            value["status"] = value["code"].take();
            value["code"] = status(error.code).as_u16().into();
        }
        ErrorForm::Sentence => {
            value["error"] = value["message"].clone();
            return value.to_string();
        }
    }
    serde_json::json!({ "error": value }).to_string()
}

/// The HTTP status of a code.
pub fn status(code: Code) -> StatusCode {
    match code {
        Code::HostNotAllowed => StatusCode::MISDIRECTED_REQUEST,
        Code::OriginNotAllowed => StatusCode::FORBIDDEN,
        Code::NoRoute | Code::ProviderUnknown | Code::PathNotAllowed => StatusCode::NOT_FOUND,
        Code::ProviderNotReady | Code::ShuttingDown | Code::StoreUnavailable | Code::Busy => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::UnsupportedMedia => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::BadRequest | Code::BadPassword | Code::HeaderNotTrusted => StatusCode::BAD_REQUEST,
        Code::NotSignedIn | Code::BadCredentials => StatusCode::UNAUTHORIZED,
        Code::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::TooManyStreams | Code::RateLimited | Code::LoginThrottled => StatusCode::TOO_MANY_REQUESTS,
        Code::UpstreamUnreachable | Code::UpstreamBroke | Code::UpstreamUnusable => StatusCode::BAD_GATEWAY,
        Code::UpstreamTimeout | Code::StreamTooLong => StatusCode::GATEWAY_TIMEOUT,
        Code::Internal | Code::Unknown => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The name of a code as it stands in JSON, for the error header and the log.
pub fn name(code: Code) -> String {
    match serde_json::to_value(code) {
        Ok(serde_json::Value::String(name)) => name,
        _ => unreachable!("a code is written as its name"),
    }
}

#[cfg(test)]
mod tests {
    use codecraft_core::api;

    use super::*;

    #[test]
    fn every_form_says_the_same_and_is_known_as_ours() {
        for (form, at) in [
            (ErrorForm::Object, "/error/message"),
            (ErrorForm::Numbered, "/error/message"),
            (ErrorForm::Sentence, "/error"),
        ] {
            let body = json(&ProxyError::new(Code::UpstreamBroke, "It broke."), form);
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!(body.pointer(at), Some(&"It broke.".into()), "{body}");
            assert_eq!(api::own_error(&body).and_then(api::code_name), Some("upstream_broke"), "{body}");
            let number = body.pointer("/error/code").and_then(serde_json::Value::as_u64);
            assert_eq!(number, (form == ErrorForm::Numbered).then_some(502), "{body}");
        }
    }

    #[test]
    fn a_wait_is_rounded_up_to_seconds() {
        let response = Failure::new(Code::TooManyStreams, "Full.").retry_after_ms(1001).into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "2");
        assert_eq!(response.headers()["x-codecraft-error"], "too_many_streams");
    }
}
