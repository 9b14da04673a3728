//! From findings to conclusions: one line per check, then the first thing that is wrong.

use super::{
    Cause, Check, Fix, Os, Outcome, Permission, Probe, Report, Subject, Verdict, Visit, Way, read, remedy,
    site::Address,
};
use crate::{api::Code, brief::thousands};

/// The smallest context that is worth setting, in tokens.
const MIN_CONTEXT: u64 = 8192;

/// What is wrong, and what to do.
type Trouble = Option<(Cause, Fix)>;

/// Draws the conclusions.
pub fn examine(visit: &Visit) -> Report {
    let mut checks = Vec::new();
    let blocked = match &visit.way {
        Way::Server(there) => through_server(visit, *there, &mut checks),
        Way::Straight(address) => straight(visit, address, &mut checks),
    };
    let reached = blocked.is_none() && visit.found_it();
    let (models, memory, context) = if reached {
        (models(visit, &mut checks), memory(visit, &mut checks), context(visit, &mut checks))
    } else {
        checks.push(unknown(Subject::Models, "Chosen models are there"));
        checks.push(unknown(Subject::Context, "Context is long enough"));
        (None, None, None)
    };
    let first = blocked.or(models).or(memory).or(context);
    let (cause, fix) = first.map_or((Cause::Fine, None), |(cause, fix)| (cause, Some(fix)));
    Report { checks, cause, fix, reached }
}

fn line(subject: Subject, verdict: Verdict, sentence: impl Into<String>, figure: impl Into<String>) -> Check {
    Check { subject, verdict, sentence: sentence.into(), figure: figure.into() }
}

fn unknown(subject: Subject, sentence: impl Into<String>) -> Check {
    line(subject, Verdict::Unknown, sentence, "not reached")
}

// ── the way there ──

fn through_server(visit: &Visit, there: bool, checks: &mut Vec<Check>) -> Trouble {
    // A server on this machine has this machine's system; that of another one is not known.
    let local = visit.site.is_loopback();
    let (os, whose) = if local { (visit.site.os, "") } else { (Os::Other, " on the server's machine") };
    let hello = visit.hello.as_ref();
    let code = hello.and_then(|hello| match &hello.outcome {
        Outcome::Answer { body, .. } => read::proxy_code(body),
        Outcome::Failed | Outcome::Late => None,
    });
    let lost = hello.is_some_and(|hello| hello.outcome == Outcome::Failed);
    let without = matches!(code, Some(Code::ProviderUnknown | Code::ProviderNotReady));
    if !there || lost || without {
        let sentence = if without {
            "The CodeCraft server knows of no Ollama."
        } else {
            "No CodeCraft server answers at this address."
        };
        checks.push(line(Subject::Server, Verdict::Bad, sentence, ""));
        checks.push(unknown(Subject::Runs, "Ollama runs where the server looks"));
        let command = if without { "OLLAMA_API_URL=http://localhost:11434 make run" } else { "make run" };
        let fix = Fix::new(
            "Start the server, or choose “Straight from this browser”:",
            Some(command.into()),
            "Without a server this page can still use an Ollama on your own machine.",
        );
        return Some((Cause::ServerLacking, fix));
    }
    checks.push(line(Subject::Server, Verdict::Ok, "The CodeCraft server answers", ""));
    let Some(hello) = hello else {
        checks.push(unknown(Subject::Runs, "Ollama runs where the server looks"));
        return None;
    };
    let (cause, sentence, fix) = match (code, &hello.outcome) {
        (Some(Code::UpstreamUnreachable), _) => (
            Cause::NotRunning,
            "Nothing answers where the server looks for Ollama.",
            remedy::start(os, whose),
        ),
        // The server answers by itself at once; who is late stands behind it.
        (Some(Code::UpstreamTimeout), _) | (_, Outcome::Late) => (
            Cause::Silent,
            "What stands where the server looks for Ollama stays silent.",
            Fix::new(format!("Stop Ollama{whose}, then start it again:"), Some("ollama serve".into()), ""),
        ),
        (None, Outcome::Answer { status: 403, .. }) => (
            Cause::HostRefused,
            "Ollama refuses the name by which the server asks for it.",
            Fix::new(
                "Start the server with Ollama's address in figures:",
                Some("OLLAMA_API_URL=http://127.0.0.1:11434 make run".into()),
                "Ollama answers to localhost, to addresses of its own network, and to names that end in .local or .internal.",
            ),
        ),
        _ if visit.found_it() => return runs(hello, "Ollama runs where the server looks", checks),
        _ => (
            Cause::NotOllama,
            "Something answers where the server looks for Ollama, but it is not Ollama.",
            Fix::new(
                "Start the server with the address of your Ollama:",
                Some("OLLAMA_API_URL=http://localhost:11434 make run".into()),
                "",
            ),
        ),
    };
    checks.push(line(Subject::Runs, Verdict::Bad, sentence, ""));
    Some((cause, fix))
}

fn runs(hello: &Probe, sentence: &str, checks: &mut Vec<Check>) -> Trouble {
    let version = hello.body().and_then(read::version).unwrap_or_default();
    let figure = format!("{version}, {} ms", hello.took_ms);
    checks.push(line(Subject::Runs, Verdict::Ok, sentence, figure));
    None
}

fn straight(visit: &Visit, address: &Address, checks: &mut Vec<Check>) -> Trouble {
    let name = address.name();
    let trouble = |cause, fix| Some((cause, fix));
    let runs_there = format!("Runs at {name}");
    let admits = || unknown(Subject::Admits, "Lets this page in");
    let Some(hello) = &visit.hello else {
        checks.extend([unknown(Subject::Runs, runs_there), admits(), reach_unknown()]);
        return None;
    };
    if let Outcome::Answer { status, .. } = &hello.outcome {
        if visit.found_it() {
            runs(hello, &runs_there, checks);
            checks.extend([line(Subject::Admits, Verdict::Ok, "Lets this page in", "CORS"), reach(visit)]);
            return None;
        }
        let sentence = format!("Something answers {status} at {name}, but it is not Ollama.");
        let admits = line(Subject::Admits, Verdict::Ok, "Lets this page in", "CORS");
        checks.extend([line(Subject::Runs, Verdict::Bad, sentence, ""), admits, reach(visit)]);
        let fix = Fix::new(
            "Correct the address. Ollama listens here unless it was told otherwise:",
            None,
            Address::DEFAULT,
        );
        return trouble(Cause::NotOllama, fix);
    }
    // From here on the browser has told nothing; the circumstances must.
    if let Some((cause, sentence, fix)) = barred(visit, address) {
        let verdict = if cause == Cause::PermissionPending { Verdict::Warn } else { Verdict::Bad };
        let figure = match visit.permission {
            Permission::Denied => "denied",
            Permission::Prompt if cause == Cause::PermissionPending => "not asked",
            _ => "blocked",
        };
        checks.extend([unknown(Subject::Runs, runs_there), admits()]);
        checks.push(line(Subject::Reach, verdict, sentence, figure));
        return trouble(cause, fix);
    }
    if visit.opaque == Some(true) {
        checks.push(line(Subject::Runs, Verdict::Ok, format!("Something answers at {name}"), ""));
        let sentence = "It does not let this page read its answers.";
        checks.push(line(Subject::Admits, Verdict::Bad, sentence, "CORS"));
        checks.push(reach(visit));
        return trouble(Cause::CorsRefused, remedy::admit(&visit.site));
    }
    let (cause, sentence, fix) = match hello.outcome {
        Outcome::Late => (
            Cause::Silent,
            format!("{name} takes the call and stays silent."),
            Fix::new("Stop Ollama, then start it again:", Some("ollama serve".into()), ""),
        ),
        _ => (Cause::NotRunning, format!("Nothing answers at {name}."), remedy::start(visit.site.os, "")),
    };
    checks.extend([line(Subject::Runs, Verdict::Bad, sentence, ""), admits(), reach(visit)]);
    trouble(cause, fix)
}

/// What keeps the browser from the address, if a call failed and something does.
fn barred(visit: &Visit, address: &Address) -> Option<(Cause, String, Fix)> {
    let site = &visit.site;
    let plain = site.is_https() && !address.is_https();
    if plain && !address.is_loopback() && visit.permission != Permission::Granted {
        let sentence = "The browser keeps an https page from a plain http address.".into();
        return Some((Cause::MixedContent, sentence, remedy::relay(address)));
    }
    if plain && site.webkit {
        let sentence = "This browser keeps https pages from plain http, even on your own machine.".into();
        let fix = Fix::new(
            "Open this page in Chrome, Edge or Firefox, or go through the CodeCraft server.",
            None,
            "",
        );
        return Some((Cause::MixedContent, sentence, fix));
    }
    if visit.opaque == Some(true) {
        return None;
    }
    match visit.permission {
        // For other machines it is the page's own policy that says no, which is nothing to allow.
        Permission::Denied if address.is_loopback() => {
            let fix = Fix::new(
                "Open the settings of this site, beside its address, and allow it to reach your machine. Then check again.",
                None,
                "Browsers call it local network access, or apps on this device.",
            );
            let sentence = "The browser does not let this page reach your machine.".into();
            Some((Cause::PermissionDenied, sentence, fix))
        }
        // A page of this machine is never asked about this machine.
        Permission::Prompt if !(site.is_loopback() && address.is_loopback()) => {
            let fix = Fix::new(
                "Press Check again, and choose Allow when the browser asks.",
                None,
                format!("If it does not ask, nothing listens at {}: start Ollama first.", address.name()),
            );
            let whom = if address.is_loopback() { "your machine" } else { "your network" };
            let sentence = format!("The browser has not let this page reach {whom} yet.");
            Some((Cause::PermissionPending, sentence, fix))
        }
        _ if !address.is_loopback() => {
            let sentence = format!("This page may not ask {}, or nothing answers there.", address.name());
            Some((Cause::OutOfReach, sentence, remedy::relay(address)))
        }
        _ => None,
    }
}

fn reach_unknown() -> Check {
    unknown(Subject::Reach, "Browser may reach this machine")
}

fn reach(visit: &Visit) -> Check {
    let figure = match visit.permission {
        Permission::Granted => "granted",
        Permission::Denied | Permission::Prompt | Permission::Unsupported => "not needed",
    };
    line(Subject::Reach, Verdict::Ok, "Browser may reach this machine", figure)
}

// ── what is there ──

fn models(visit: &Visit, checks: &mut Vec<Check>) -> Trouble {
    let Some(installed) = visit.list.as_ref().and_then(Probe::body).and_then(read::installed) else {
        checks.push(unknown(Subject::Models, "Chosen models are there"));
        return None;
    };
    if installed.is_empty() {
        checks.push(line(Subject::Models, Verdict::Bad, "No model is installed.", "0"));
        return Some((Cause::ModelMissing, remedy::pull(&["qwen2.5-coder"])));
    }
    if visit.chosen.is_empty() {
        let figure = installed.len().to_string();
        checks.push(line(Subject::Models, Verdict::Ok, "Models are there, none of them is chosen", figure));
        return None;
    }
    let missing: Vec<&str> = visit
        .chosen
        .iter()
        .filter(|name| !installed.contains(&read::full(name)))
        .map(String::as_str)
        .collect();
    let figure = format!("{} of {}", visit.chosen.len() - missing.len(), visit.chosen.len());
    if missing.is_empty() {
        checks.push(line(Subject::Models, Verdict::Ok, "Chosen models are there", figure));
        return None;
    }
    let verb = if missing.len() == 1 { "is" } else { "are" };
    let sentence = format!("{} {verb} not installed.", missing.join(", "));
    checks.push(line(Subject::Models, Verdict::Bad, sentence, figure));
    Some((Cause::ModelMissing, remedy::pull(&missing)))
}

/// Ways in which runners say that a model did not fit.
const NO_MEMORY: [&str; 4] = ["resource limitation", "out of memory", "more system memory", "cudamalloc"];

fn memory(visit: &Visit, checks: &mut Vec<Check>) -> Trouble {
    let said = visit.said.as_ref()?.to_ascii_lowercase();
    NO_MEMORY.iter().any(|words| said.contains(words)).then_some(())?;
    let sentence = "The last model did not fit into memory.";
    checks.push(line(Subject::Memory, Verdict::Bad, sentence, ""));
    let running = visit.running.as_ref().and_then(Probe::body).map(read::running).unwrap_or_default();
    let note = "A smaller model or a shorter context needs less.";
    let fix = match running.first() {
        Some((loaded, _)) => {
            Fix::new("Free the memory of a loaded model:", Some(format!("ollama stop {loaded}")), note)
        }
        None => Fix::new("Choose a smaller model, or close other programs.", None, note),
    };
    Some((Cause::OutOfMemory, fix))
}

fn context(visit: &Visit, checks: &mut Vec<Check>) -> Trouble {
    let running = visit.running.as_ref().and_then(Probe::body).map(read::running).unwrap_or_default();
    let loaded = |model: &str| {
        let full = read::full(model);
        running.iter().find(|(name, _)| *name == full).and_then(|(_, context)| *context)
    };
    let longest = |model: &str| {
        let shown = visit.shown.iter().find(|(name, _)| name == model);
        shown.and_then(|(_, probe)| probe.body()).and_then(read::longest_context)
    };
    let needs = visit.needs.unwrap_or(0);
    for model in &visit.chosen {
        let most = longest(model);
        if let Some(most) = most.filter(|most| *most < needs) {
            let (most, needs) = (thousands(most), thousands(needs));
            let sentence = format!("{model} takes at most {most} tokens. Your brief needs about {needs}.");
            checks.push(line(Subject::Context, Verdict::Bad, sentence, ""));
            let fix = Fix::new("Choose a model with a longer context, or shorten the brief.", None, "");
            return Some((Cause::ContextTooSmall, fix));
        }
        if let Some(set) = loaded(model).filter(|set| *set < needs) {
            let sentence = format!(
                "Context is {} tokens. Your brief needs about {}, so its start is cut without a word.",
                thousands(set),
                thousands(needs)
            );
            checks.push(line(Subject::Context, Verdict::Warn, sentence, ""));
            // Twice as much leaves room for the next brief.
            let wanted = (2 * needs).next_power_of_two().max(MIN_CONTEXT).min(most.unwrap_or(u64::MAX));
            let fix = remedy::start_with(
                visit.site.os,
                "OLLAMA_CONTEXT_LENGTH",
                &wanted.to_string(),
                "with a longer context",
                "Or set the context among the parameters of the brief. A longer one needs more memory.",
            );
            return Some((Cause::ContextTooSmall, fix));
        }
    }
    match visit.chosen.iter().filter_map(|model| loaded(model)).min() {
        Some(set) => checks.push(line(
            Subject::Context,
            Verdict::Ok,
            "Context is long enough",
            format!("{} tokens", thousands(set)),
        )),
        None => checks.push(line(
            Subject::Context,
            Verdict::Unknown,
            "Context is known once a chosen model is loaded",
            "",
        )),
    }
    None
}
