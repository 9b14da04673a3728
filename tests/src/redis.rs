//! A real Redis for one test: on a free port of loopback, with a folder of its own, gone with the test.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// How long a start may take on a machine that is busy compiling.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that can be stopped, frozen and started again at the same address.
pub struct Redis {
    pub addr: SocketAddr,
    folder: PathBuf,
    options: Vec<String>,
    child: Option<Child>,
}

impl Redis {
    /// Starts one; `options` are further ones of its command line.
    ///
    /// # Panics
    /// If there is no `redis-server`; `.ci/setup test` installs it.
    pub fn start(options: &[&str]) -> Self {
        let options: Vec<String> = options.iter().map(|&option| option.into()).collect();
        // Between finding a port free and taking it somebody else may be quicker.
        for _ in 0..10 {
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
            let addr = free.expect("there is a free port");
            let name = format!("codecraft-redis-{}-{}", std::process::id(), addr.port());
            let folder = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&folder).expect("the system has a folder for temporary files");
            let mut redis = Self { addr, folder, options: options.clone(), child: None };
            if redis.try_start() {
                return redis;
            }
        }
        panic!("redis-server does not start.");
    }

    /// Starts it again, empty.
    pub fn restart(&mut self) {
        self.stop();
        assert!(self.try_start(), "redis-server does not start again.");
    }

    fn try_start(&mut self) -> bool {
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--port", &self.addr.port().to_string()])
            .arg("--dir")
            .arg(&self.folder)
            .args(&self.options)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is there; .ci/setup test installs it");
        let child = self.child.insert(child);
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if matches!(child.try_wait(), Ok(Some(_))) {
                return false;
            }
            // Only the process that we have started tells its own id.
            let info = tell(self.addr, "INFO server");
            if info.is_some_and(|info| info.contains(&format!("process_id:{}\r\n", child.id()))) {
                return true;
            }
            sleep(Duration::from_millis(10));
        }
        false
    }

    pub fn url(&self) -> String {
        format!("redis://{}", self.addr)
    }

    /// Kills it, as a machine that fails does.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // One that is gone already needs no killing.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Lets it take connections and bytes, and answer nothing.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.as_ref().map(|child| child.id().to_string()).expect("it runs");
        assert!(Command::new("kill").args([signal, &id]).status().expect("there is kill").success());
    }

    /// What it answers to a command, as it stands on the wire.
    pub fn tell(&self, command: &str) -> String {
        tell(self.addr, command).expect("it answers")
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn tell(addr: SocketAddr, command: &str) -> Option<String> {
    let mut tcp = TcpStream::connect(addr).ok()?;
    tcp.set_read_timeout(Some(PATIENCE)).ok()?;
    write!(tcp, "{command}\r\nQUIT\r\n").ok()?;
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).ok()?;
    answer.strip_suffix("+OK\r\n").map(str::to_owned)
}
