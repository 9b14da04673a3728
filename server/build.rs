//! Rebuilds a release binary when the app it embeds has changed.

fn main() {
    // A release binary embeds dist/: a new file name there must rebuild it. A debug binary reads dist/ at run time.
    let release = std::env::var("PROFILE").as_deref() == Ok("release");
    println!("cargo::rerun-if-changed={}", if release { "../dist" } else { "build.rs" });
}
