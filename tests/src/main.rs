//! `fake-upstream`: the fake upstream as a program, for `make dev` and for tests in other languages.

use std::{env, net::SocketAddr, process::ExitCode};

use codecraft_tests::FakeUpstream;

const DEFAULT_ADDRESS: &str = "127.0.0.1:9797";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let address = match address(env::args().skip(1), env::var("FAKE_ADDR").ok()) {
        Ok(address) => address,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    match FakeUpstream::bind(address).await {
        Ok(upstream) => {
            println!("fake-upstream is at {}", upstream.base_url());
            // Ends with the process, by whatever signal.
            std::future::pending().await
        }
        Err(error) => {
            eprintln!("fake-upstream cannot listen at {address}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The flag wins over the environment, the environment over the default.
fn address(mut args: impl Iterator<Item = String>, env: Option<String>) -> Result<SocketAddr, String> {
    let mut chosen = env.unwrap_or_else(|| DEFAULT_ADDRESS.to_owned());
    while let Some(arg) = args.next() {
        chosen = match (arg.as_str(), arg.strip_prefix("--addr=")) {
            ("--addr", _) => args.next().ok_or("--addr needs an address, such as 127.0.0.1:0")?,
            (_, Some(address)) => address.to_owned(),
            _ => return Err(format!("usage: fake-upstream [--addr {DEFAULT_ADDRESS}]; {arg:?} is unknown")),
        };
    }
    chosen.parse().map_err(|_| format!("{chosen:?} is no address such as 127.0.0.1:9797"))
}

#[cfg(test)]
mod tests {
    use super::address;

    #[track_caller]
    fn check(args: &[&str], env: Option<&str>, expect: Option<&str>) {
        let found = address(args.iter().map(|arg| (*arg).to_owned()), env.map(str::to_owned));
        assert_eq!(found.ok().map(|address| address.to_string()).as_deref(), expect);
    }

    #[test]
    fn the_flag_wins_over_the_environment() {
        check(&[], None, Some("127.0.0.1:9797"));
        check(&[], Some("127.0.0.1:1"), Some("127.0.0.1:1"));
        check(&["--addr", "127.0.0.1:0"], Some("127.0.0.1:1"), Some("127.0.0.1:0"));
        check(&["--addr=[::1]:80"], None, Some("[::1]:80"));
        check(&["--addr"], None, None);
        check(&["--port"], None, None);
        check(&["--addr", "localhost"], None, None);
    }
}
