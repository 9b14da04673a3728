//! `fake-upstream`: the fake upstream as a program, for `make dev` and for tests in other languages.
//!
//! ```text
//! fake-upstream [--addr 127.0.0.1:9797] [--ollama-addr 127.0.0.1:0] [--origins https://a.example,…]
//! ```
//!
//! `FAKE_ADDR`, `FAKE_OLLAMA_ADDR` and `FAKE_ORIGINS` say the same. With an address of its own, Ollama stands at
//! the root of that port as well, and lets in the pages that its origins name.

use std::{env, net::SocketAddr, process::ExitCode};

use codecraft_tests::FakeUpstream;

const DEFAULT_ADDRESS: &str = "127.0.0.1:9797";
const USAGE: &str = "usage: fake-upstream [--addr ADDRESS] [--ollama-addr ADDRESS] [--origins LIST]";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = match Options::read(env::args().skip(1), |name| env::var(name).ok()) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    match serve(&options).await {
        Ok(upstream) => {
            // Ends with the process, by whatever signal.
            let () = std::future::pending().await;
            drop(upstream);
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: &Options) -> Result<FakeUpstream, String> {
    let refused = |address, error| format!("fake-upstream cannot listen at {address}: {error}");
    let bound = FakeUpstream::bind(options.address).await;
    let mut upstream = bound.map_err(|error| refused(options.address, error))?;
    println!("fake-upstream is at {}", upstream.base_url());
    if let Some(origins) = &options.origins {
        upstream.set("origins", origins)?;
    }
    if let Some(address) = options.ollama {
        let own = upstream.open_ollama(address).await.map_err(|error| refused(address, error))?;
        println!("ollama alone is at http://{own}");
    }
    Ok(upstream)
}

#[derive(Debug, PartialEq, Eq)]
struct Options {
    address: SocketAddr,
    /// Where Ollama stands alone.
    ollama: Option<SocketAddr>,
    /// In place of the loopback origins alone.
    origins: Option<String>,
}

impl Options {
    /// A flag wins over the environment, the environment over the default.
    fn read(
        mut args: impl Iterator<Item = String>,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let mut address = env("FAKE_ADDR").unwrap_or_else(|| DEFAULT_ADDRESS.to_owned());
        let (mut ollama, mut origins) = (env("FAKE_OLLAMA_ADDR"), env("FAKE_ORIGINS"));
        while let Some(arg) = args.next() {
            let (flag, value) = match arg.split_once('=') {
                Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
                None => (arg, args.next()),
            };
            let value = value.ok_or_else(|| format!("{flag} needs a value; {USAGE}"))?;
            match flag.as_str() {
                "--addr" => address = value,
                "--ollama-addr" => ollama = Some(value),
                "--origins" => origins = Some(value),
                _ => return Err(format!("{flag} is unknown; {USAGE}")),
            }
        }
        let parse = |text: &str| {
            text.parse::<SocketAddr>().map_err(|_| format!("{text:?} is no address such as 127.0.0.1:9797"))
        };
        let ollama = ollama.as_deref().map(parse).transpose()?;
        Ok(Options { address: parse(&address)?, ollama, origins })
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn read(args: &[&str], env: &[(&str, &str)]) -> Option<Options> {
        let env = |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Options::read(args.iter().map(|arg| (*arg).to_owned()), env).ok()
    }

    #[track_caller]
    fn check(args: &[&str], env: Option<&str>, expect: Option<&str>) {
        let env: Vec<_> = env.map(|value| ("FAKE_ADDR", value)).into_iter().collect();
        let found = read(args, &env).map(|options| options.address.to_string());
        assert_eq!(found.as_deref(), expect);
    }

    #[test]
    fn the_flag_wins_over_the_environment() {
        check(&[], None, Some("127.0.0.1:9797"));
        check(&[], Some("127.0.0.1:1"), Some("127.0.0.1:1"));
        check(&["--addr", "127.0.0.1:0"], Some("127.0.0.1:1"), Some("127.0.0.1:0"));
        check(&["--addr=[::1]:80"], None, Some("[::1]:80"));
        check(&["--addr"], None, None);
        check(&["--port", "1"], None, None);
        check(&["--addr", "localhost"], None, None);
    }

    #[test]
    fn ollama_stands_alone_only_if_told_to() {
        let alone = |args: &[&str], env: &[(&str, &str)]| {
            let options = read(args, env).expect("the options are good");
            (options.ollama.map(|address| address.to_string()), options.origins)
        };
        let at =
            |address: &str, origins: Option<&str>| (Some(address.to_owned()), origins.map(str::to_owned));
        assert_eq!(alone(&[], &[]), (None, None));
        assert_eq!(
            alone(&["--ollama-addr=127.0.0.1:0", "--origins=none"], &[]),
            at("127.0.0.1:0", Some("none"))
        );
        assert_eq!(alone(&[], &[("FAKE_OLLAMA_ADDR", "127.0.0.1:1")]), at("127.0.0.1:1", None));
        assert_eq!(read(&["--ollama-addr", "here"], &[]), None);
    }
}
