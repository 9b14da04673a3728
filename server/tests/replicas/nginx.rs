//! The example of two replicas behind nginx, as it stands in `server/examples/replicas`.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use codecraft_core::api::Code;
use reqwest::{Certificate, Method};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Client, Deployment, Folder, Held, Outcome, PATIENCE, Way, next};

const EXAMPLE: &str = include_str!("../../examples/replicas/nginx.conf");
const NAME: &str = "codecraft.example";
const SITE: &str = "https://codecraft.example";

/// nginx with the example's configuration, but for ports and paths.
struct Nginx {
    child: Child,
    folder: Folder,
    secure: SocketAddr,
    plain: SocketAddr,
    certificate: Certificate,
}

impl Nginx {
    /// Starts it before two servers, given by their addresses.
    fn before(servers: [&str; 2]) -> Self {
        // Between finding ports free and taking them somebody else may be quicker.
        (0..10).find_map(|_| Self::try_before(servers)).expect("nginx starts")
    }

    fn try_before(servers: [&str; 2]) -> Option<Self> {
        let folder = Folder::new();
        let certificate = Certificate::from_pem(folder.certificate().as_bytes()).unwrap();
        let free = [(); 2].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
        let [secure, plain] = free.map(|listener| listener.local_addr().unwrap());
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {};", folder.path(kind)))
            .concat();
        let mut text = EXAMPLE.to_owned();
        for (shown, real) in [
            ("server 127.0.0.1:8787;", format!("server {};", servers[0])),
            ("server 127.0.0.1:8788;", format!("server {};", servers[1])),
            ("listen 443 ssl;", format!("listen {secure} ssl;")),
            ("listen 80;", format!("listen {plain};")),
            ("/etc/ssl/codecraft.example.pem", folder.path("certificate")),
            ("/etc/ssl/codecraft.example.key", folder.path("key")),
            ("http {", format!("http {{ access_log off; {temporary}")),
        ] {
            assert_eq!(text.matches(shown).count(), 1, "{shown}");
            text = text.replace(shown, &real);
        }
        std::fs::write(folder.path("nginx.conf"), text).unwrap();
        let log = std::fs::File::create(folder.path("log")).unwrap();
        let mut child = Command::new("nginx")
            // Where Debian has it; not every shell looks there.
            .env("PATH", concat!(env!("PATH"), ":/usr/sbin"))
            .args(["-p", &folder.path(""), "-c", &folder.path("nginx.conf"), "-e", "stderr"])
            .args(["-g", &format!("daemon off; error_log stderr; pid {};", folder.path("pid"))])
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("nginx is there; .ci/setup test installs it");
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(secure).is_err() {
            if child.try_wait().unwrap().is_some() {
                let log = std::fs::read_to_string(folder.path("log")).unwrap();
                assert!(log.contains("Address already in use"), "{log}");
                return None;
            }
            assert!(Instant::now() < until, "nginx does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        Some(Self { child, folder, secure, plain, certificate })
    }

    /// Somebody at an address of their own.
    fn client(&self, number: u8) -> Client {
        Client::from(
            Client::builder()
                .local_address(IpAddr::from([127, 0, 0, number]))
                .tls_certs_only([self.certificate.clone()])
                .resolve(NAME, self.secure),
        )
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path("log")).unwrap()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // The first process ends the others.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// Two replicas with two users behind nginx.
async fn hosted(settings: &[(&str, &str)]) -> (Deployment, Nginx) {
    let deployment =
        Deployment::of(&["ada", "bob"], &[&[("CODECRAFT_ALLOWED_HOSTS", NAME)], settings].concat()).await;
    let servers = [0, 1].map(|n| deployment.turn(n).strip_prefix("http://").unwrap());
    let nginx = Nginx::before(servers);
    (deployment, nginx)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn px20_through_nginx_an_account_has_ten_generations_at_both_replicas_together() {
    let (deployment, nginx) = hosted(&[("CODECRAFT_USER_STREAMS", "64")]).await;
    let ada = nginx.client(1).sign_in(SITE, "ada").await;
    for _ in 0..4 {
        assert_eq!(ada.me(SITE).await.as_deref(), Ok("ada"), "whichever replica it is");
    }
    let mut calls = JoinSet::new();
    for n in 0..60 {
        let (ada, site) = (ada.clone(), SITE);
        calls.spawn(async move { ada.generate(site, Way::turn(n), None).await });
    }
    let outcomes = calls.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Outcome::Answered).count(), 10);
    let refused = |outcome: &&Outcome| outcome.code() == Some(Code::RateLimited);
    assert_eq!(outcomes.iter().filter(refused).count(), 50, "{outcomes:?}");
    assert_eq!(deployment.upstream.log().len(), 10);
    let bob = nginx.client(1).sign_in(SITE, "bob").await;
    assert_eq!(bob.generate(SITE, Way::Socket, None).await, Outcome::Answered);
    ada.sign_out(SITE, true).await;
    for replica in 0..2 {
        assert_eq!(ada.me(SITE).await, Err(Code::NotSignedIn), "{replica}");
    }
    assert_eq!(nginx.log(), "");
}

#[tokio::test]
async fn through_nginx_every_piece_comes_at_once_and_a_client_that_leaves_ends_the_call() {
    let (deployment, nginx) = hosted(&[]).await;
    let ada = nginx.client(1).sign_in(SITE, "ada").await;
    // Both models say a little and then nothing more: whoever gathers would pass on nothing.
    for way in [Way::Http, Way::Socket] {
        let before = deployment.upstream.log().len();
        let mut held = ada.hold(SITE, way).await.unwrap();
        let piece = match &mut held {
            Held::Http(response) => {
                assert_eq!(response.headers()["content-type"], "text/event-stream");
                tokio::time::timeout(PATIENCE, response.chunk()).await.unwrap().unwrap().unwrap()
            }
            Held::Socket(socket) => next(socket).await.into_data(),
        };
        assert!(piece.starts_with(b"data: "), "{piece:?}");
        let call = deployment.upstream.log()[before].clone();
        assert_eq!(call.ended, None);
        drop(held);
        assert!(deployment.upstream.closed(call.id).await.is_some(), "{way:?}");
    }
    // A whole answer in many pieces.
    let held = ada.open(SITE, Way::Socket, None, "fine@rate=0,lines=50").await.unwrap();
    let Held::Socket(mut socket) = held else { panic!("a socket was asked for") };
    let mut pieces = 0;
    while let Message::Binary(_) = next(&mut socket).await {
        pieces += 1;
    }
    assert!(pieces > 20, "{pieces} pieces");
}

#[tokio::test]
async fn through_nginx_a_page_of_the_site_is_let_in_and_others_are_not() {
    let (_deployment, nginx) = hosted(&[]).await;
    let ada = nginx.client(1).sign_in(SITE, "ada").await;
    assert!(ada.cookie.starts_with("__Host-cc="), "a cookie for HTTPS: {}", ada.cookie);
    let status = async |headers: &[(&str, &str)]| {
        ada.send(Method::GET, SITE, "/api/limits", headers, String::new()).await.status()
    };
    assert_eq!(status(&[]).await, 200);
    assert_eq!(status(&[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")]).await, 403);
    assert_eq!(status(&[("host", "evil.example")]).await, 421);
    assert_eq!(ada.generate_large(SITE).await, Some(Code::BodyTooLarge), "said by the server itself");

    let plain = format!("http://{}", nginx.plain);
    let evil = [("host", "evil.example")];
    let moved = Client::at(1).send(Method::GET, &plain, "/settings?x=1", &evil, String::new()).await;
    assert_eq!(moved.status(), 301);
    assert_eq!(moved.headers()["location"], "https://codecraft.example/settings?x=1");
}

#[tokio::test]
async fn px19_nginx_tells_who_asks_and_under_which_name() {
    // In place of the replicas somebody who writes down what arrives.
    let upstream = codecraft_tests::spawn().await;
    let addr = upstream.address().to_string();
    let nginx = Nginx::before([&addr, &addr]);
    for headers in [
        &[][..],
        &[("x-forwarded-for", "198.51.100.1")],
        &[("X-Forwarded-For", "a, b"), ("connection", "close")],
    ] {
        nginx.client(7).send(Method::GET, SITE, "/openai/v1/models", headers, String::new()).await;
    }
    let calls = upstream.wait_until(|calls| calls.len() == 3).await;
    assert_eq!(calls.len(), 3);
    for call in calls {
        assert_eq!(call.headers["x-forwarded-for"], "127.0.0.7");
        assert_eq!(call.headers["host"], NAME);
        assert!(!call.headers.contains_key("connection"), "left open for the next: {:?}", call.headers);
    }
}

#[tokio::test]
async fn behind_nginx_the_other_replica_takes_over() {
    let (mut deployment, nginx) = hosted(&[("CODECRAFT_RATE_LIMIT", "0")]).await;
    let ada = nginx.client(1).sign_in(SITE, "ada").await;
    deployment.replicas[0].kill();
    for n in 0..20 {
        assert_eq!(ada.generate(SITE, Way::turn(n), None).await, Outcome::Answered);
    }
}
