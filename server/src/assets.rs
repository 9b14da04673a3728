//! The app: files of `dist/`, embedded in a release binary and read from disk by a debug one.
//!
//! The build leaves a `.br` and a `.gz` twin beside each text and Wasm file; the client gets the best one it takes.

use std::fmt::Write as _;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

/// Said in place of the app while there is none.
pub const NOT_BUILT: &str = "The app is not built; make build does it.";

const INDEX: &str = "index.html";

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../dist/"]
#[allow_missing = true]
struct Dist;

/// True if there is an app to serve.
pub fn are_built() -> bool {
    Dist::get(INDEX).is_some()
}

/// What the build noted of the sheets and scripts that stand in the page itself.
pub fn inline() -> String {
    Dist::get("inline.txt").map(|file| String::from_utf8_lossy(&file.data).into_owned()).unwrap_or_default()
}

/// Answers everything that is no API: the file of this name; else 404 if the name looks like a file's; else the app,
/// whose router knows the path.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    answer::<Dist>(&method, uri.path(), &headers)
}

fn answer<Site: RustEmbed>(method: &Method, path: &str, headers: &HeaderMap) -> Response {
    if *method != Method::GET && *method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let path = path.trim_start_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    let twin = [".br", ".gz"].iter().any(|ending| last.ends_with(ending));
    let name = if !path.is_empty() && !twin && Site::get(path).is_some() {
        path
    } else if last.contains('.') {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    } else {
        INDEX
    };
    let Some((file, coding)) = best::<Site>(name, headers) else {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("{NOT_BUILT}\n")).into_response();
    };
    let etag = etag(&file);
    let mut response = if is_known(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(file.data));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(name)));
        if let Some(coding) = coding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    };
    let cache = if is_hashed(name) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::try_from(etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// The smallest form of a file that the client takes, and its content coding.
fn best<Site: RustEmbed>(name: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let twin = |(coding, ending): (&'static str, &str)| {
        if !accepts(accepted, coding) {
            return None;
        }
        Some((Site::get(&format!("{name}.{ending}"))?, Some(coding)))
    };
    [("br", "br"), ("gzip", "gz")].into_iter().find_map(twin).or_else(|| Some((Site::get(name)?, None)))
}

/// True if an `accept-encoding` names the coding with a weight above zero.
fn accepts(accepted: &str, coding: &str) -> bool {
    accepted.split(',').any(|entry| {
        let (name, weight) = entry.split_once(';').unwrap_or((entry, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(coding) && weight.is_some_and(|weight| weight > 0.0)
    })
}

/// Each coding of a file has its own hash, so its own tag.
fn etag(file: &EmbeddedFile) -> String {
    let mut tag = String::from("\"");
    for byte in &file.metadata.sha256_hash()[..12] {
        // Writing to a String cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag)
}

/// `name-0123456789abcdef.ext` or, from the bundler, `editor/name-ABCD1234.js`: bytes under such a name never change.
fn is_hashed(name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let tail = stem.rsplit_once('-').map_or("", |(_, tail)| tail);
    let hex = tail.len() == 16 && tail.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bundled =
        tail.len() == 8 && tail.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    hex || (bundled && name.starts_with("editor/"))
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A site small enough to know by heart; its twins are told apart by their text.
    #[derive(RustEmbed)]
    #[folder = "$CARGO_MANIFEST_DIR/tests/site/"]
    struct Site;

    #[derive(RustEmbed)]
    #[folder = "$CARGO_MANIFEST_DIR/tests/no-such-site/"]
    #[allow_missing = true]
    struct Nothing;

    fn ask<S: RustEmbed>(path: &str, headers: &[(header::HeaderName, &str)]) -> Response {
        let headers =
            headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
        answer::<S>(&Method::GET, path, &headers.collect())
    }

    fn header(response: &Response, name: header::HeaderName) -> Option<&str> {
        response.headers().get(name).map(|value| value.to_str().unwrap())
    }

    #[test]
    fn a_path_is_a_file_or_a_missing_file_or_a_page_of_the_app() {
        for (path, status, media, cache) in [
            ("/", 200, "text/html; charset=utf-8", "no-cache"),
            ("/index.html", 200, "text/html; charset=utf-8", "no-cache"),
            ("/history", 200, "text/html; charset=utf-8", "no-cache"),
            ("/studio/session/7", 200, "text/html; charset=utf-8", "no-cache"),
            ("/sw.js", 200, "text/javascript; charset=utf-8", "no-cache"),
            (
                "/app-0123456789abcdef.js",
                200,
                "text/javascript; charset=utf-8",
                "public, max-age=31536000, immutable",
            ),
            ("/app_bg-0123456789abcdef.wasm", 200, "application/wasm", "public, max-age=31536000, immutable"),
            ("/app-fedcba9876543210.js", 404, "text/plain; charset=utf-8", ""),
            ("/missing.js", 404, "text/plain; charset=utf-8", ""),
            ("/index.html.br", 404, "text/plain; charset=utf-8", ""),
            ("/../Cargo.toml", 404, "text/plain; charset=utf-8", ""),
        ] {
            let response = ask::<Site>(path, &[]);
            assert_eq!(response.status(), status, "{path}");
            assert_eq!(header(&response, header::CONTENT_TYPE), Some(media), "{path}");
            assert_eq!(header(&response, header::CACHE_CONTROL).unwrap_or_default(), cache, "{path}");
        }
    }

    #[test]
    fn the_best_accepted_coding_is_sent_and_each_has_its_own_tag() {
        let mut tags = Vec::new();
        for (accepted, path, coding) in [
            ("gzip, deflate, br, zstd", "/", Some("br")),
            ("gzip, deflate", "/", Some("gzip")),
            ("", "/", None),
            ("gzip, br", "/app-0123456789abcdef.js", Some("gzip")),
            ("gzip, br", "/sw.js", None),
        ] {
            let response = ask::<Site>(path, &[(header::ACCEPT_ENCODING, accepted)]);
            assert_eq!(header(&response, header::CONTENT_ENCODING), coding, "{path} {accepted}");
            assert_eq!(header(&response, header::VARY), Some("accept-encoding"));
            let tag = header(&response, header::ETAG).unwrap().to_owned();
            assert!(!tags.contains(&tag), "{path} {accepted}");
            let again = ask::<Site>(
                path,
                &[(header::ACCEPT_ENCODING, accepted), (header::IF_NONE_MATCH, &format!("\"x\", W/{tag}"))],
            );
            assert_eq!((again.status().as_u16(), header(&again, header::ETAG)), (304, Some(tag.as_str())));
            assert_eq!(header(&again, header::CONTENT_ENCODING), None);
            tags.push(tag);
        }
    }

    #[test]
    fn without_an_app_a_page_says_how_to_build_it_and_other_methods_are_refused() {
        assert_eq!(ask::<Nothing>("/", &[]).status(), 503);
        assert_eq!(ask::<Nothing>("/x.js", &[]).status(), 404);
        assert_eq!(answer::<Site>(&Method::POST, "/", &HeaderMap::new()).status(), 405);
        assert_eq!(answer::<Site>(&Method::HEAD, "/", &HeaderMap::new()).status(), 200);
    }

    #[test]
    fn only_names_with_a_hash_are_immutable() {
        for (name, expect) in [
            ("codecraft-ui-0123456789abcdef.js", true),
            ("codecraft-ui_bg-0123456789abcdef.wasm", true),
            ("editor/core-ABCD2345.js", true),
            ("core-ABCD2345.js", false),
            ("editor/core-settings.js", false),
            ("index.html", false),
            ("sw.js", false),
            ("a-0123456789abcdeg.js", false),
        ] {
            assert_eq!(is_hashed(name), expect, "{name}");
        }
    }

    #[test]
    fn a_coding_with_weight_zero_is_not_accepted() {
        for (accepted, coding, expect) in [
            ("gzip, deflate, br, zstd", "br", true),
            ("gzip, deflate", "br", false),
            ("br;q=0, gzip;q=0.5", "br", false),
            ("br;q=0, gzip; q=0.5", "gzip", true),
            ("BR", "br", true),
            ("", "gzip", false),
            ("xbr", "br", false),
        ] {
            assert_eq!(accepts(accepted, coding), expect, "{accepted} {coding}");
        }
    }
}
