//! The outermost layer: the guard before everything, the security headers on everything.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    body::Body,
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use codecraft_core::api::Code;
use codecraft_telemetry::Trail;

use crate::{error, guard::Caller, state::AppState};

/// The app's policy, with a place for the digests of what the build wrote into the page. `'self'` in `connect-src` covers
/// sockets to the same host, too. Nothing of ours is framed yet.
///
/// Beside its own server the page may talk to the reader's own machine and to nothing else: models run there, on a port
/// that only the reader knows. `http://[::1]:*` would belong here, but Chromium does not read it as a source.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
     style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self' \
     http://localhost:* http://127.0.0.1:*; frame-src 'none'; \
     worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; \
     frame-ancestors 'none'";

/// Of the networks around, the page may ask for the reader's own machine, as in its policy.
const PERMISSIONS_POLICY: &str = "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), \
     display-capture=(), encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), \
     idle-detection=(), local-fonts=(), \
     local-network=(), loopback-network=(self), magnetometer=(), microphone=(), midi=(), payment=(), \
     picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), storage-access=(), \
     usb=(), window-management=(), xr-spatial-tracking=()";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const SECURITY_HEADERS: [(HeaderName, HeaderValue); 5] = [
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS_POLICY)),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

/// The policy for a page whose `inline.txt` this is: a line per sheet or script in the page, directive and digest.
///
/// A line of any other form is left out: the page then lacks a sheet, but the policy never gets wider than a digest.
pub fn content_security_policy(inline: &str) -> HeaderValue {
    let digests = |directive: &str| {
        inline
            .lines()
            .filter_map(|line| line.strip_prefix(directive)?.strip_prefix(' '))
            .filter(|source| is_digest(source))
            .fold(String::new(), |all, source| all + " " + source)
    };
    let policy = CONTENT_SECURITY_POLICY
        .replace("'wasm-unsafe-eval'", &format!("'wasm-unsafe-eval'{}", digests("script-src")))
        .replace("style-src 'self'", &format!("style-src 'self'{}", digests("style-src")));
    HeaderValue::try_from(policy).expect("digests are base64, which a header may hold")
}

/// `'sha256-…'` with 32 bytes in base64.
fn is_digest(source: &str) -> bool {
    source.strip_prefix("'sha256-").and_then(|rest| rest.strip_suffix("='")).is_some_and(|digest| {
        digest.len() == 43 && digest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
    })
}

/// Checks the request, lets it in or refuses it, and dresses the answer.
///
/// The trail of the request begins here, and goes along with it to whoever works for it longest.
pub async fn edge(State(state): State<Arc<AppState>>, mut request: Request, next: Next) -> Response {
    let trail = begin(&state, &request);
    request.extensions_mut().insert(trail.clone());
    let caller = state.guard.check(request.uri(), request.headers());
    let mut response = match &caller {
        Err(failure) => failure.clone().into_response(),
        Ok(Caller::Allowed(_)) if is_preflight(&request) => preflight(),
        Ok(caller) => {
            request.extensions_mut().insert(caller.clone());
            next.run(request).await
        }
    };
    let code = response.extensions().get::<Code>().map(|code| error::name(*code));
    trail.answered(response.status().as_u16(), code.as_deref());
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(trail.id().to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, state.policy.clone());
    for (name, value) in SECURITY_HEADERS {
        headers.insert(name, value);
    }
    if let Ok(Caller::Allowed(origin)) = caller {
        share(headers, origin);
    }
    response
}

fn begin(state: &AppState, request: &Request) -> Trail {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    // Whoever names the parent decides what is traced and where it is shown: the operator's own proxies may.
    let parent = request
        .headers()
        .get("traceparent")
        .filter(|_| peer.is_some_and(|peer| state.proxies.trust(peer.ip())));
    state.telemetry.begin(request.method().as_str(), route, parent.and_then(|parent| parent.to_str().ok()))
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("authorization, content-type, x-codecraft-run"),
    );
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

/// Lets the page of an allowed origin read the answer; never with credentials.
fn share(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("x-codecraft-error, x-request-id, retry-after"),
    );
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_takes_digests_and_nothing_else_from_the_build() {
        let digest = format!("'sha256-{}='", "a".repeat(43));
        let inline = format!(
            "style-src {digest}\nscript-src {digest}\nscript-src 'unsafe-inline'\nscript-src *; x\nfoo\n"
        );
        let policy = content_security_policy(&inline);
        let policy = policy.to_str().unwrap();
        assert!(policy.contains(&format!("script-src 'self' 'wasm-unsafe-eval' {digest};")), "{policy}");
        assert!(policy.contains(&format!("style-src 'self' {digest};")), "{policy}");
        assert!(!policy.contains("unsafe-inline") && !policy.contains(" *"), "{policy}");
        assert_eq!(content_security_policy("").to_str().unwrap(), CONTENT_SECURITY_POLICY);
    }
}
