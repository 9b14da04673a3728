//! Tricks with paths: none reaches anything that is not in the tables of allowed calls.

use codecraft_core::api::Code;

use crate::support::{Server, Socket, Upstream, client::post_bytes, exchange, get, post, upstream::answer};

/// Native paths, each to be tried with every provider and both methods.
const TRICKS: [&str; 92] = [
    "",
    "/",
    ".",
    "..",
    "../openai/v1/models",
    "../../openai/v1/models",
    "v1/../../openai/v1/models",
    "api/../../openai/v1/models",
    "api/tags/..",
    "api/./tags",
    "./api/tags",
    "api/tags/.",
    "api/tags/",
    "/api/tags",
    "//api/tags",
    "api//tags",
    "api/tags//",
    "//evil.example/api/tags",
    "http://evil.example/api/tags",
    "http:/evil.example/api/tags",
    "@evil.example/api/tags",
    "user:pass@evil.example/api/tags",
    ":80@evil.example/api/tags",
    ".evil.example/api/tags",
    "\\api\\tags",
    "api\\tags",
    "api/tags\\..\\pull",
    "api%5Ctags",
    "%2e%2e/openai/v1/models",
    "%2E%2E%2Fopenai%2Fv1%2Fmodels",
    "..%2fopenai/v1/models",
    "%2e/api/tags",
    "api%2ftags",
    "api%2Ftags",
    "%2fapi/tags",
    "api/tags%2f..%2fpull",
    "%252e%252e/api/tags",
    "api/tags%00",
    "api/tags%0d%0ahost:%20evil.example",
    "api/tags%20",
    "api/tags%09",
    "api/tags%3Fkey=x",
    "api/tags%23",
    "api/tags;a=b",
    "api/tags;/../pull",
    "api/tags,api/pull",
    "api/tags.json",
    "API/tags",
    "api/Tags",
    "api/tags%u002e",
    "api/tags%",
    "api/tags%2",
    "api/tags%zz",
    "api/tags?x=1",
    "api/tags?key=a&x=1",
    "api/tags?url=http://evil.example",
    "api/tags?pageSize=5",
    "api/pull",
    "api/push",
    "api/create",
    "api/copy",
    "api/delete",
    "api/embed",
    "api/embeddings",
    "api/blobs/sha256:0",
    "api/me",
    "v1/embeddings",
    "v1/files",
    "v1/completions",
    "v1/responses",
    "v1/images/generations",
    "v1/chat/completions/x",
    "v1/chat",
    "v1/fine_tuning/jobs",
    "v1/organization/admin_api_keys",
    "v1beta/cachedContents",
    "v1beta/files",
    "v1beta/interactions",
    "v1beta/tunedModels/x:generateContent",
    "v1beta/models/:generateContent",
    "v1beta/models/..:generateContent",
    "v1beta/models/.:streamGenerateContent",
    "v1beta/models/a/b:generateContent",
    "v1beta/models/a%2Fb:generateContent",
    "v1beta/models/a%2e%2e:generateContent",
    "v1beta/models/a:embedContent",
    "v1beta/models/a:generateContent:predict",
    "v1beta/models/a@b:generateContent",
    "v1beta/models/a:generateContent?alt=media",
    "v1beta/models/a:generateContent?alt=sse&%6bey=x",
    "v2/models",
    "upload/v1beta/files",
];

#[tokio::test]
async fn px6_no_trick_with_a_path_reaches_an_upstream() {
    let upstream = Upstream::answering(answer("200 OK", "content-type: application/json\r\n", "{}")).await;
    let server = Server::before(&upstream).await;
    for trick in TRICKS {
        for provider in ["gemini", "ollama", "openai", "box"] {
            let path = format!("/api/providers/{provider}/{trick}");
            let get = format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", server.addr);
            for request in [get, post_bytes(server.addr, &path, "{}")] {
                let answer = exchange(server.addr, request).await;
                assert!(matches!(answer.status, 400 | 404 | 405), "{path}: {}", answer.head);
            }
            for body in ["", "{}"] {
                let heard = Socket::call(server.addr, provider, trick, body).await.finish().await;
                assert!(heard.code().is_some(), "{path}: {heard:?}");
            }
        }
    }
    let seen: Vec<String> = upstream.seen().iter().map(|seen| seen.line().to_owned()).collect();
    assert!(seen.is_empty(), "{seen:?}");
}

#[tokio::test]
async fn px6_good_paths_reach_their_own_upstream_below_its_prefix() {
    let upstream = Upstream::answering(answer("200 OK", "content-type: application/json\r\n", "{}")).await;
    let server = Server::before(&upstream).await;
    let calls = [
        ("gemini", "v1/models", "", "GET /gemini/v1/models"),
        (
            "gemini",
            "v1beta/models?pageSize=1000&pageToken=a-b",
            "",
            "GET /gemini/v1beta/models?pageSize=1000&pageToken=a-b",
        ),
        ("gemini", "v1beta/models/gemini-2.5-pro?key=mine", "", "GET /gemini/v1beta/models/gemini-2.5-pro"),
        ("gemini", "v1beta/models/a%3AgenerateContent", "{}", "POST /gemini/v1beta/models/a:generateContent"),
        (
            "gemini",
            "v1beta/models/a:streamGenerateContent?key=mine&alt=sse",
            "{}",
            "POST /gemini/v1beta/models/a:streamGenerateContent?alt=sse",
        ),
        ("gemini", "v1beta/models/a:countTokens", "{}", "POST /gemini/v1beta/models/a:countTokens"),
        ("ollama", "api/tags", "", "GET /ollama/api/tags"),
        ("ollama", "api/ps", "", "GET /ollama/api/ps"),
        ("ollama", "api/version", "", "GET /ollama/api/version"),
        ("ollama", "api/chat", "{}", "POST /ollama/api/chat"),
        ("ollama", "api/generate", "{}", "POST /ollama/api/generate"),
        ("ollama", "api/show", "{}", "POST /ollama/api/show"),
        ("openai", "v1/models", "", "GET /openai/v1/models"),
        ("openai", "v1/chat/completions", "{}", "POST /openai/v1/chat/completions"),
        ("box", "v1/models", "", "GET /box/v1/models"),
        ("box", "v1/chat/completions", "{}", "POST /box/v1/chat/completions"),
    ];
    for (provider, native, body, expect) in calls {
        let path = format!("/api/providers/{provider}/{native}");
        let answer = if body.is_empty() {
            get(server.addr, &path).await
        } else {
            post(server.addr, &path, body).await
        };
        assert_eq!(answer.status, 200, "{path}");
        let heard = Socket::call(server.addr, provider, native, body).await.finish().await;
        assert_eq!(heard.bytes, b"{}", "{path}");
        let seen = upstream.seen();
        for seen in &seen[seen.len() - 2..] {
            assert_eq!(seen.line(), format!("{expect} HTTP/1.1"));
            assert_eq!(seen.body, body.as_bytes());
        }
    }
}

/// What an Ollama can be asked for besides answers, lists and versions: to load, change or delete models, to fetch from
/// elsewhere, and what is newer than this table.
const OLLAMA: [&str; 20] = [
    "api/pull",
    "api/push",
    "api/create",
    "api/copy",
    "api/delete",
    "api/blobs/sha256:0000000000000000000000000000000000000000000000000000000000000000",
    "api/embed",
    "api/embeddings",
    "api/me",
    "api/signout",
    "api/user/keys/x",
    "api/experimental/web_search",
    "api/web_fetch",
    "api/anything-new",
    "v1/chat/completions",
    "v1/models",
    "v1/embeddings",
    "api",
    "",
    "metrics",
];

#[tokio::test]
async fn px9_an_ollama_answers_and_does_nothing_else() {
    let upstream = Upstream::answering(answer("200 OK", "content-type: application/json\r\n", "{}")).await;
    let server = Server::before(&upstream).await;
    for path in OLLAMA {
        for path in [
            path.to_owned(),
            path.to_uppercase(),
            format!("{path}/"),
            format!("{path}?x=1"),
            path.replace('/', "%2f"),
        ] {
            for method in ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "PULL"] {
                let request = format!(
                    "{method} /api/providers/ollama/{path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
                     content-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}",
                    server.addr
                );
                let answer = exchange(server.addr, request).await;
                assert_eq!(answer.header("x-codecraft-error"), Some("path_not_allowed"), "{method} {path}");
                let mut socket = Socket::connect(server.addr).await;
                socket.open("ollama", method, &path, "{}").await;
                assert_eq!(socket.finish().await.code(), Some(Code::PathNotAllowed), "{method} {path}");
            }
        }
    }
    assert!(upstream.seen().is_empty());
}
