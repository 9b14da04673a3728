//! The names that every provider knows.

use super::{Behaviour, Shape};

/// A row of the catalogue: the name, what it does, and one sentence for the listings.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub name: &'static str,
    pub behaviour: Behaviour,
    pub about: &'static str,
}

const fn entry(name: &'static str, behaviour: Behaviour, about: &'static str) -> Entry {
    Entry { name, behaviour, about }
}

/// Every model that is listed, in the order in which the providers list them.
pub const CATALOGUE: &[Entry] = &[
    entry("fine", Behaviour::Fine, "Answers at a readable pace."),
    entry("quick", Behaviour::Quick, "Answers in a fraction of a second."),
    entry("slow", Behaviour::Slow, "Takes about twenty seconds."),
    entry("thinking", Behaviour::Thinking, "Reasons first, then answers."),
    entry("long", Behaviour::Long, "Answers two thousand lines."),
    entry("wide", Behaviour::Wide, "Answers lines of four thousand characters."),
    entry("unicode", Behaviour::Unicode, "Answers in many scripts, split inside characters."),
    entry("html-page", Behaviour::HtmlPage, "Answers one HTML page."),
    entry("no-code", Behaviour::NoCode, "Answers prose only."),
    entry("stubbed", Behaviour::Stubbed, "Leaves the work to the reader."),
    entry("many-fences", Behaviour::ManyFences, "Answers six code blocks."),
    entry("huge-line", Behaviour::HugeLine, "Sends two mebibytes in one event."),
    entry("echo-headers", Behaviour::EchoHeaders, "Answers the request headers it saw."),
    entry("loading", Behaviour::Loading, "Is silent for five seconds, then answers."),
    entry("not-found", Behaviour::NotFound, "Is listed and yet does not exist."),
    entry("rate-limited", Behaviour::RateLimited, "Refuses: come back in two seconds."),
    entry("rate-limited-once", Behaviour::RateLimitedOnce, "Refuses once: come back in one second."),
    entry("quota", Behaviour::Quota, "Refuses: the quota of the day is gone."),
    entry("overloaded", Behaviour::Overloaded, "Refuses: too busy."),
    entry("overloaded-once", Behaviour::OverloadedOnce, "Refuses once: too busy."),
    entry("bad-key", Behaviour::BadKey, "Refuses every key."),
    entry("too-long", Behaviour::TooLong, "Refuses: the prompt exceeds the context."),
    entry("html-error", Behaviour::HtmlError, "Answers 502 with a web page."),
    entry("blocked", Behaviour::Blocked, "Blocks the prompt for safety."),
    entry("truncated", Behaviour::Truncated, "Stops at its token limit, halfway."),
    entry("cut", Behaviour::Cut, "Loses the connection after twelve lines."),
    entry("cut-in-utf8", Behaviour::CutInUtf8, "Loses the connection inside a character."),
    entry("ends-early", Behaviour::EndsEarly, "Ends cleanly but without saying so."),
    entry("error-mid", Behaviour::ErrorMid, "Reports an error after twelve lines."),
    entry("error-tail", Behaviour::ErrorTail, "Reports an error outside of the framing."),
    entry("hang", Behaviour::Hang, "Never sends headers."),
    entry("mute", Behaviour::Mute, "Sends headers and nothing else."),
    entry("stall", Behaviour::Stall, "Falls silent after twelve lines."),
];

/// Further models that every provider knows and none lists.
pub const UNLISTED: &[Entry] = &[
    entry("truncated-silent", Behaviour::TruncatedSilent, "Spends its token limit on reasoning."),
    entry("cut-at-once", Behaviour::CutAtOnce, "Loses the connection before the first token."),
    entry("ends-empty", Behaviour::EndsEmpty, "Ends cleanly after one event without text."),
    entry("error-at-once", Behaviour::ErrorAtOnce, "Reports an error in place of the first token."),
    entry("garbled-once", Behaviour::GarbledOnce, "Sends one event that is no JSON, and goes on."),
    entry("garbled", Behaviour::Garbled, "Sends nothing but events that are no JSON."),
    entry("html-under-200", Behaviour::HtmlUnder200, "Answers 200 with a web page."),
    entry("empty", Behaviour::Empty, "Answers 200 with an empty stream."),
    entry("oversized", Behaviour::Oversized, "Sends seventeen mebibytes in one event."),
    entry("odd-ends", Behaviour::OddEnds, "Begins with a byte order mark and ends lines with CR."),
    entry("lone-surrogates", Behaviour::LoneSurrogates, "Splits a character over two events, as escapes."),
    entry("tiny-context", Behaviour::TinyContext, "Drops what does not fit into 4096 tokens, silently."),
    entry("cloud", Behaviour::Cloud, "Runs on another host, of which Ollama tells."),
    entry("continues", Behaviour::Continues, "Is cut by length, and goes on when asked."),
    entry("new-limit", Behaviour::NewLimit, "Knows max_completion_tokens and refuses max_tokens."),
    entry("old-limit", Behaviour::OldLimit, "Knows max_tokens and refuses max_completion_tokens."),
    entry("fixed-temperature", Behaviour::FixedTemperature, "Refuses every temperature but 1."),
    entry("tools", Behaviour::Tools(Shape::Plain), "Calls a tool."),
    entry("tools-two", Behaviour::Tools(Shape::Two), "Calls two tools at once."),
    entry("tools-bare", Behaviour::Tools(Shape::Bare), "Calls a tool without id or index."),
    entry("tools-repeated-id", Behaviour::Tools(Shape::RepeatedId), "Repeats the id of its call."),
    entry("tools-whole", Behaviour::Tools(Shape::Whole), "Calls a tool in one piece."),
    entry("tools-bad-json", Behaviour::Tools(Shape::BadJson), "Calls a tool with broken arguments."),
    entry("tools-reasoning", Behaviour::Tools(Shape::Reasoning), "Reasons, then calls a tool."),
];

/// A model that is listed everywhere and cannot generate text.
pub const EMBEDDING_MODEL: &str = "embed-only";
