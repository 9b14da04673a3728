//! Which web pages may call: Ollama's rules for origins and host names, and `llama-server`'s open door.

use std::net::IpAddr;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{World, control::Origins};

/// The only request headers that Ollama's preflight allows, besides those that need no preflight.
const ALLOWED_HEADERS: &str = "Authorization,Content-Type,User-Agent,Accept,X-Requested-With,OpenAI-Beta,\
    x-stainless-lang,x-stainless-package-version,x-stainless-os,x-stainless-arch,x-stainless-retry-count,\
    x-stainless-runtime,x-stainless-runtime-version,x-stainless-async,x-stainless-helper-method,\
    x-stainless-poll-helper,x-stainless-custom-poll-interval,x-stainless-timeout";
const ALLOWED_METHODS: &str = "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS";

/// Ollama: loopback hosts and the origins of its settings only; anything else is 403 without CORS headers.
pub async fn ollama(State(world): State<World>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !allows_host(host) {
        return StatusCode::FORBIDDEN.into_response();
    }
    match origin(request.headers()) {
        None => next.run(request).await,
        Some(origin) if !admits(&world.settings().origins, origin.to_str().unwrap_or_default()) => {
            StatusCode::FORBIDDEN.into_response()
        }
        Some(origin) => admit(request, next, origin, ALLOWED_HEADERS).await,
    }
}

/// `llama-server`: every origin, echoed, with credentials.
pub async fn local(request: Request, next: Next) -> Response {
    match origin(request.headers()) {
        None => next.run(request).await,
        Some(origin) => {
            let mut response = admit(request, next, origin, "*").await;
            let credentials = HeaderValue::from_static("true");
            response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, credentials);
            response
        }
    }
}

async fn admit(request: Request, next: Next, origin: HeaderValue, allowed: &'static str) -> Response {
    let mut response = if request.method() == Method::OPTIONS {
        let preflight = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, ALLOWED_METHODS),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, allowed),
            (header::ACCESS_CONTROL_MAX_AGE, "43200"),
        ];
        (StatusCode::NO_CONTENT, preflight).into_response()
    } else {
        next.run(request).await
    };
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Origin"));
    response
}

fn origin(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(header::ORIGIN).cloned()
}

fn admits(origins: &Origins, origin: &str) -> bool {
    match origins {
        Origins::None => false,
        Origins::Any => true,
        Origins::Loopback(others) => {
            is_loopback(origin) || others.iter().any(|pattern| matches_pattern(pattern, origin))
        }
    }
}

/// Whether a text is the pattern, in which one `*` stands for anything.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
    }
}

fn is_loopback(origin: &str) -> bool {
    let Some((scheme, rest)) = origin.split_once("://") else { return false };
    match scheme {
        "app" | "file" | "tauri" | "vscode-webview" | "vscode-file" => true,
        "http" | "https" => matches!(without_port(rest), "localhost" | "127.0.0.1" | "0.0.0.0"),
        _ => false,
    }
}

fn allows_host(host: &str) -> bool {
    let name = without_port(host);
    match name.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(ip)) => {
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
        }
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        Err(_) => {
            let name = name.to_ascii_lowercase();
            name == "localhost"
                || [".localhost", ".local", ".internal"].iter().any(|suffix| name.ends_with(suffix))
        }
    }
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::control::Origins, admits, allows_host};

    #[track_caller]
    fn check_origin(origin: &str, expect: bool) {
        check_origins("default", origin, expect);
    }

    #[track_caller]
    fn check_origins(origins: &str, origin: &str, expect: bool) {
        assert_eq!(admits(&Origins::read(origins), origin), expect, "{origin} under {origins}");
    }

    #[test]
    fn origins_can_be_added_and_taken_away() {
        check_origins("none", "http://localhost:8787", false);
        check_origins("*", "https://app.example", true);
        check_origins("https://app.example", "https://app.example", true);
        check_origins("https://app.example", "http://localhost", true);
        check_origins("https://app.example", "https://app.example.evil.example", false);
        check_origins("https://*.example", "https://app.example", true);
        check_origins("https://*.example", "https://app.evil", false);
    }

    #[test]
    fn loopback_origins_are_allowed_and_others_are_not() {
        check_origin("http://localhost:8787", true);
        check_origin("https://127.0.0.1", true);
        check_origin("tauri://app", true);
        check_origin("http://[::1]:8787", false);
        check_origin("https://app.example", false);
        check_origin("http://localhost.evil.example", false);
        check_origin("null", false);
    }

    #[track_caller]
    fn check_host(host: &str, expect: bool) {
        assert_eq!(allows_host(host), expect, "{host}");
    }

    #[test]
    fn hosts_of_this_machine_and_network_are_allowed() {
        check_host("127.0.0.1:11434", true);
        check_host("[::1]:11434", true);
        check_host("192.168.1.4", true);
        check_host("box.local", true);
        check_host("localhost", true);
        check_host("8.8.8.8", false);
        check_host("evil.example:11434", false);
    }
}
