//! A store that is away, in every way that one can be, and comes back.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use codecraft_commons::{Admission, BadUrl, Commons, Session, Unavailable};
use codecraft_tests::redis::Redis;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    time::timeout,
};

use super::{RECOVERY, replica, until};

const SECOND: Duration = Duration::from_secs(1);

/// Every operation, and how each of them went.
async fn all(commons: &Commons) -> Vec<Result<(), Unavailable>> {
    let session = Session { user: "ada".into(), stamp: "1".into() };
    let mut answers = Vec::new();
    macro_rules! each {
        ($($operation:expr;)+) => {{
            $(
                // By the clock of the runtime, which stands still for both where the machine is starved.
                let answer = timeout(SECOND, $operation).await.expect(stringify!($operation));
                answers.push(answer.map(drop));
            )+
        }};
    }
    each! {
        commons.ready();
        commons.admit("ada", Some("run"), 1000);
        commons.allowance("ada", 1000);
        commons.lease("ada", 1000);
        commons.put_session("key", &session);
        commons.session("key");
        commons.end_session("key");
        commons.end_sessions("ada");
        commons.forgive(&["user:ada"]);
        commons.attempt(&["user:ada"]);
        commons.take_back(&["user:ada"]);
    }
    answers
}

/// Every operation fails within a second, and from then on at once. Gives the cause.
async fn is_away(commons: &Commons) -> String {
    let answers = all(commons).await;
    assert!(answers.iter().all(Result::is_err), "{answers:?}");
    // The first try to connect may still be under way.
    until(Duration::from_secs(3), async || {
        let began = Instant::now();
        assert!(commons.ready().await.is_err());
        began.elapsed() < Duration::from_millis(50)
    })
    .await;
    let often = async {
        for _ in 0..20 {
            assert!(all(commons).await.iter().all(Result::is_err));
        }
    };
    timeout(SECOND, often).await.expect("it fails at once");
    commons.ready().await.unwrap_err().to_string()
}

/// Every operation works again within five seconds.
async fn is_back(commons: &Commons) {
    until(RECOVERY, async || commons.ready().await.is_ok()).await;
    let answers = all(commons).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

#[tokio::test]
async fn px21_a_store_that_is_stopped_and_started() {
    let mut redis = Redis::start(&[]);
    let commons = replica(&redis).await;
    for _ in 0..2 {
        redis.stop();
        assert_eq!(is_away(&commons).await, "Redis cannot be reached (connection refused).");
        redis.restart();
        is_back(&commons).await;
    }
}

#[tokio::test]
async fn px21_a_store_that_starts_after_us() {
    let mut redis = Redis::start(&[]);
    redis.stop();
    let commons = Commons::redis(&redis.url()).unwrap();
    is_away(&commons).await;
    redis.restart();
    is_back(&commons).await;
}

#[tokio::test]
async fn px21_a_store_that_accepts_and_never_answers() {
    let redis = Redis::start(&[]);
    let commons = replica(&redis).await;
    for _ in 0..2 {
        redis.freeze();
        assert_eq!(is_away(&commons).await, "Redis does not answer.");
        redis.thaw();
        is_back(&commons).await;
    }
}

#[tokio::test]
async fn px21_what_was_asked_while_it_was_frozen_is_counted_once_at_most() {
    let redis = Redis::start(&[]);
    let commons = replica(&redis).await;
    redis.freeze();
    for _ in 0..5 {
        assert!(commons.admit("ada", None, 10).await.is_err());
    }
    redis.thaw();
    is_back(&commons).await;
    let mut admitted = 0;
    while commons.admit("bob", None, 10).await.unwrap() == Admission::Admitted {
        admitted += 1;
    }
    assert_eq!(admitted, 10);
    let remaining = commons.allowance("ada", 10).await.unwrap().remaining;
    assert!((5..=10).contains(&remaining), "{remaining}");
}

#[tokio::test]
async fn px21_a_store_whose_packets_vanish() {
    // The system drops what comes to a listener whose queue is full.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let addr = listener.local_addr().unwrap();
    let mut queue = Vec::new();
    while let Ok(Ok(tcp)) = timeout(Duration::from_millis(200), TcpStream::connect(addr)).await {
        queue.push(tcp);
    }
    let commons = Commons::redis(&format!("redis://{addr}")).unwrap();
    assert_eq!(is_away(&commons).await, "Redis does not answer.");
}

#[tokio::test]
async fn px21_a_store_that_takes_no_writes() {
    let redis = Redis::start(&[]);
    let commons = replica(&redis).await;
    redis.tell("REPLICAOF 127.0.0.1 1");
    until(RECOVERY, async || commons.ready().await.is_err()).await;
    assert_eq!(is_away(&commons).await, "Redis is a replica that takes no writes.");
    redis.tell("REPLICAOF NO ONE");
    is_back(&commons).await;

    redis.tell("CONFIG SET maxmemory 1");
    until(RECOVERY, async || commons.ready().await.is_err()).await;
    assert_eq!(is_away(&commons).await, "Redis is out of memory.");
    redis.tell("CONFIG SET maxmemory 0");
    is_back(&commons).await;
}

#[tokio::test]
async fn px21_a_store_that_wants_a_password() {
    let redis = Redis::start(&[]);
    redis.tell("CONFIG SET requirepass canary-canary");
    for url in [
        redis.url(),
        format!("redis://:canary-wrong@{}", redis.addr),
        format!("redis://eve:canary@{}", redis.addr),
    ] {
        let commons = Commons::redis(&url).unwrap();
        assert_eq!(is_away(&commons).await, "Redis refuses the name or the password.");
    }
    let commons = Commons::redis(&format!("redis://:canary-canary@{}/3", redis.addr)).unwrap();
    is_back(&commons).await;
}

#[tokio::test]
async fn px21_a_node_of_a_cluster_is_no_store() {
    let redis = Redis::start(&["--cluster-enabled", "yes"]);
    redis.tell("CLUSTER ADDSLOTSRANGE 0 16383");
    let commons = Commons::redis(&redis.url()).unwrap();
    assert_eq!(
        is_away(&commons).await,
        "Redis is a node of a cluster, where a single server or its failover pair is needed."
    );
}

/// Answers every command with the same line and counts connections.
async fn parrot(line: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                let mut bytes = [0; 4096];
                while let Ok(length @ 1..) = tcp.read(&mut bytes).await {
                    // Each command is an array of strings.
                    let commands = bytes[..length].split(|byte| *byte == b'*').count() - 1;
                    if tcp.write_all(line.repeat(commands).as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (addr, connections)
}

#[tokio::test]
async fn px21_a_store_that_refuses_everything_or_is_none() {
    for (line, cause) in [
        ("-LOADING Redis is loading the dataset in memory canary\r\n", "Redis is loading its data."),
        ("-NOAUTH Authentication required. canary\r\n", "Redis refuses the name or the password."),
        ("-CLUSTERDOWN The cluster is down canary\r\n", "Redis answers CLUSTERDOWN."),
        ("-ERR canary\r\n", "Redis answers ERR."),
        ("HTTP/1.1 400 Bad Request\r\ncanary\r\n", "Redis does not speak its protocol."),
        ("", "Redis does not answer."),
    ] {
        let (addr, connections) = parrot(line).await;
        let commons = Commons::redis(&format!("redis://{addr}")).unwrap();
        assert_eq!(is_away(&commons).await, cause, "{line:?}");
        let before = connections.load(Ordering::Relaxed);
        let knocking = async {
            loop {
                assert!(commons.ready().await.is_err());
                tokio::task::yield_now().await;
            }
        };
        assert!(timeout(SECOND, knocking).await.is_err());
        let more = connections.load(Ordering::Relaxed) - before;
        assert!(more <= 3, "{more} connections in a second, however many ask: {line:?}");
    }
}

#[tokio::test]
async fn px21_one_replica_may_go_on_alone_with_its_share() {
    let mut redis = Redis::start(&[]);
    let commons = Commons::redis(&redis.url()).unwrap().degrade_to(3.try_into().unwrap());
    is_back(&commons).await;
    let admitted = async || {
        let mut count = 0;
        while commons.admit("bob", None, 10).await.unwrap() == Admission::Admitted {
            count += 1;
        }
        count
    };
    assert_eq!(admitted().await, 10);
    let mut leases = Vec::new();
    for _ in 0..2 {
        leases.push(commons.lease("bob", 10).await.unwrap().unwrap());
    }

    redis.stop();
    until(RECOVERY, async || commons.ready().await.is_err()).await;
    assert_eq!(commons.allowance("bob", 10).await.unwrap().remaining, 4, "a third of 10, rounded up");
    assert_eq!(admitted().await, 4);
    assert_eq!(commons.allowance("bob", 10).await.unwrap().remaining, 0);
    assert_eq!(commons.admit("eve", None, 1).await.unwrap(), Admission::Admitted, "at least one");
    for _ in 0..2 {
        leases.push(commons.lease("bob", 10).await.unwrap().expect("four streams, two of them from before"));
    }
    assert!(commons.lease("bob", 10).await.unwrap().is_none());
    assert!(commons.session("key").await.is_err() && commons.attempt(&["user:bob"]).await.is_err());

    redis.restart();
    until(RECOVERY, async || commons.ready().await.is_ok()).await;
    // The store learns of all four.
    until(RECOVERY, async || commons.lease("bob", 4).await.unwrap().is_none()).await;
    drop(leases);
    until(RECOVERY, async || commons.lease("bob", 1).await.unwrap().is_some()).await;
}

#[tokio::test]
async fn px21_a_bad_url_is_refused_and_repeated_nowhere() {
    for url in [
        "",
        "canary",
        "localhost:6379",
        "http://canary@localhost",
        "redis://",
        "redis://host:port",
        "redis://:canary@host/db",
        "rediss://:canary@host#insecure",
        "redis://host?protocol=resp9",
        "unix:///tmp/canary.sock",
        "REDIS+UNIX:///tmp/x",
    ] {
        let Err(error) = Commons::redis(url) else { panic!("{url} was taken") };
        assert_eq!(error, BadUrl);
        assert!(!format!("{error} {error:?}").contains("canary"));
    }
    for url in ["redis://host", "rediss://:p%40ss@host:1/2", "valkey://name:pass@[::1]:6379", "redis://h/0"] {
        assert!(Commons::redis(url).is_ok(), "{url}");
    }
}
