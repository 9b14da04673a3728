//! A card's calls, made as the app makes them: over the socket of the real server, through core's decoder, into a run.
//!
//! Only time is not real. It moves when a test says so: silence is not waited for but told, and pauses are skipped.

use codecraft_core::{
    api::StreamFrame,
    brief::{Brief, Draft, Params},
    provider::{
        Call, Decoder, ErrorClass, Head, ModelRef, ProviderError, ProviderKind, StreamEvent, Swap, gemini,
        ollama, openai,
    },
    run::{AttemptEnd, Candidate, Card, Effect, Entry, Event, Millis, Plan, Run, State, Target},
    words,
};
use codecraft_tests::FakeUpstream;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Server, Socket, config, settings};

/// From a call to the first that is heard of it.
const ANSWERS_AFTER: Millis = 800;

/// Every other wording.
const SWAPS: [Swap; 5] =
    [Swap::TokenLimit, Swap::NoSampling, Swap::NoThinking, Swap::NoSignatures, Swap::WithReasoning];

/// The providers, by their ids.
pub const PROVIDERS: [&str; 4] = ["gemini", "ollama", "openai", "local"];

fn kind(provider: &str) -> ProviderKind {
    match provider {
        "gemini" => gemini::KIND,
        "ollama" => ollama::KIND,
        "openai" => openai::KIND,
        _ => openai::LOCAL,
    }
}

/// A server whose four providers are the dialects of the fake upstream.
pub async fn server(base: &str) -> Server {
    let mut settings = settings(base);
    settings.insert("CODECRAFT_LOCAL", format!("local={base}/local/v1"));
    Server::start(&config(&settings)).await
}

/// What followed a failed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The same model, after this pause.
    Retry(Millis),
    /// The same model at once, worded differently.
    Reword(Swap),
    /// The next model of the chain.
    Fallback,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Whole,
    Length,
    Blocked,
    Failed(ErrorClass),
    /// In any other way: nothing here expects it.
    Other,
}

/// When a stream falls silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// Never: it ends or breaks.
    Never,
    BeforeHead,
    BeforeText,
    /// After this many lines.
    AfterLines(usize),
}

/// What was heard of a call: its events, and the bytes behind them.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    pub events: Vec<StreamEvent>,
    pub bytes: Vec<u8>,
}

/// A run of one card.
pub struct Play {
    pub run: Run,
    pub now: Millis,
    /// What followed each call but the last.
    pub steps: Vec<Step>,
    /// What the card said when the first failure was known, if it goes on with the same model.
    pub pause: Option<(String, String)>,
    /// What the card said while it waited in silence, just before that counted as a failure.
    pub silence: Option<(String, String)>,
}

impl Play {
    /// A run of a prompt with one card: a model, and another one in case that it fails.
    pub fn of(prompt: &str, provider: &str, model: &str, fallback: Option<&str>) -> Self {
        let target = |model: &str| Target::new(ModelRef::new(provider, model), kind(provider));
        let entry = Entry {
            target: target(model),
            fallbacks: fallback.map(target).into_iter().collect(),
            params: Params::default(),
        };
        Self {
            run: Run::plan(
                "0e9b1c50-2f6f-4c5e-9a51-3f0a4c1d2e3f",
                brief(prompt, &entry),
                vec![entry],
                Plan::default(),
                0,
            ),
            now: 0,
            steps: Vec::new(),
            pause: None,
            silence: None,
        }
    }

    /// Plays to the end over the network. Returns what was heard of the first call.
    pub async fn over(&mut self, server: &Server, fake: &FakeUpstream, silence: Silence) -> Heard {
        let mut first = None;
        while let Some((attempt, target)) = self.opened() {
            let call = self.run.call(0, attempt).expect("the target makes calls");
            let heard = listen(server, fake, &target, &call, attempt + 1, silence).await;
            self.hear(attempt, &heard);
            first.get_or_insert(heard);
        }
        first.expect("the run makes a call")
    }

    /// Plays to the end with the same thing heard of every call.
    pub fn again(&mut self, heard: &Heard) {
        while let Some((attempt, _)) = self.opened() {
            self.hear(attempt, heard);
        }
    }

    /// The call that the run wants now, once its pauses are over; `None` when it has come to its end.
    fn opened(&mut self) -> Option<(usize, Target)> {
        if let State::Waiting { until_ms } = self.card().state {
            assert!(self.reduce(until_ms.saturating_sub(1)).is_empty(), "a pause is not cut short");
            self.now = until_ms;
        }
        let effects = self.reduce(self.now);
        if self.card().state.is_over() {
            return None;
        }
        // What follows at once was opened when the failure was told.
        let last = self.card().attempts.len().checked_sub(1).expect("a card that works has a call");
        assert!(effects.len() <= 1, "{effects:?}");
        Some((last, self.card().attempts[last].target.clone()))
    }

    fn hear(&mut self, attempt: usize, heard: &Heard) {
        self.now += ANSWERS_AFTER;
        for event in &heard.events {
            self.run.reduce(self.now, Event::Stream { candidate: 0, attempt, event: event.clone() });
        }
        if self.works_on(attempt) {
            self.wait_in_vain(attempt);
        }
        let card = self.card();
        let step = match (card.state, card.attempts.get(attempt + 1)) {
            (State::Waiting { until_ms }, _) => Step::Retry(until_ms - self.now),
            (_, Some(next)) if next.target == card.attempts[attempt].target => {
                let before = card.attempts[attempt].swaps;
                let new = SWAPS.into_iter().find(|swap| next.swaps.has(*swap) && !before.has(*swap));
                Step::Reword(new.expect("the same model at once is asked in other words"))
            }
            (_, Some(_)) => Step::Fallback,
            (_, None) => return,
        };
        if matches!(step, Step::Retry(_)) && self.pause.is_none() {
            self.pause = Some(self.story());
        }
        self.steps.push(step);
    }

    /// Lets the limit of silence pass.
    fn wait_in_vain(&mut self, attempt: usize) {
        let current = &self.card().attempts[attempt];
        let rules = &current.target.rules;
        let limit = if current.first_ms.is_some() { rules.idle_ms } else { rules.first_token_ms };
        let late = current.last_ms + limit;
        assert!(self.reduce(late - 1).is_empty(), "it is not late yet");
        self.now = late - 1;
        self.silence.get_or_insert(self.story());
        self.now = late;
        let effects = self.reduce(late);
        assert!(effects.contains(&Effect::Abort { candidate: 0, attempt }), "{effects:?}");
    }

    fn works_on(&self, attempt: usize) -> bool {
        self.card().state == State::Generating && attempt + 1 == self.card().attempts.len()
    }

    fn reduce(&mut self, at: Millis) -> Vec<Effect> {
        self.run.reduce(at, Event::Tick)
    }

    pub fn card(&self) -> &Candidate {
        &self.run.candidates[0]
    }

    /// The sentences on the card.
    pub fn story(&self) -> (String, String) {
        words::story(&Card::of(&self.run, 0, self.lines(), self.now))
    }

    /// Lines of code that arrived.
    pub fn lines(&self) -> usize {
        let code = self.card().text.split_once("```").map_or("", |(_, code)| code);
        code.lines().skip(1).take_while(|line| !line.starts_with("```")).count()
    }

    /// How a call ended.
    pub fn end(&self, attempt: usize) -> End {
        match &self.card().attempts[attempt].end {
            Some(AttemptEnd::Complete) => End::Whole,
            Some(AttemptEnd::Length) => End::Length,
            Some(AttemptEnd::Blocked { .. }) => End::Blocked,
            Some(AttemptEnd::Failed(error)) => End::Failed(error.class),
            _ => End::Other,
        }
    }

    /// The failure of a call.
    pub fn error(&self, attempt: usize) -> Option<&ProviderError> {
        self.card().attempts[attempt].error()
    }
}

fn brief(prompt: &str, entry: &Entry) -> Brief {
    let draft = Draft { prompt: prompt.into(), models: vec![entry.target.model.clone()], ..Draft::default() };
    draft.check(|_| Some(entry.target.kind)).expect("the draft is complete")
}

/// Makes a call over the socket, as the app does, and decodes what comes until the end, or until nothing more will come. `nth` counts
/// the calls of a run.
async fn listen(
    server: &Server,
    fake: &FakeUpstream,
    target: &Target,
    call: &Call,
    nth: usize,
    silence: Silence,
) -> Heard {
    let mut heard = Heard::default();
    let mut socket = Socket::call(server.addr, &target.model.provider, &call.path, &call.body).await;
    // What stands in for a model that falls silent answers; only the model itself has to be waited for.
    if silence == Silence::BeforeHead && is_silent(target) {
        let arrived = fake.wait_until(|calls| calls.len() == nth).await;
        assert_eq!(arrived.len(), nth, "the call arrives");
        return heard;
    }
    let mut decoder: Option<Decoder> = None;
    while let Some(message) = socket.next().await {
        match message {
            Message::Text(text) => match StreamFrame::read(text.as_bytes()).expect("a frame that core knows")
            {
                StreamFrame::Head { status, retry_after, retry_after_ms, should_retry, .. } => {
                    let retry_after_ms =
                        retry_after_ms.or(retry_after.map(|seconds| u64::from(seconds) * 1000));
                    decoder = Some(Decoder::new(target.kind, Head { status, retry_after_ms, should_retry }));
                    if silence == Silence::BeforeText && is_silent(target) {
                        return heard;
                    }
                }
                StreamFrame::End => break,
                StreamFrame::Error { error } => {
                    heard.events.push(StreamEvent::Error(error.into()));
                    return heard;
                }
            },
            Message::Binary(bytes) => {
                heard.bytes.extend_from_slice(&bytes);
                decoder.as_mut().expect("the head comes first").push(&bytes, &mut heard.events);
            }
            _ => break,
        }
        if decoder.as_ref().is_some_and(Decoder::is_over) {
            break;
        }
        if let Silence::AfterLines(lines) = silence
            && is_silent(target)
            && lines_of(&heard.events) == lines
        {
            return heard;
        }
    }
    decoder.expect("a head or an error comes").finish(&mut heard.events);
    heard
}

fn is_silent(target: &Target) -> bool {
    ["hang", "mute", "stall"].iter().any(|name| target.model.model.starts_with(name))
}

fn lines_of(events: &[StreamEvent]) -> usize {
    let text = |event: &StreamEvent| match event {
        StreamEvent::Text(text) => text.matches('\n').count(),
        _ => 0,
    };
    events.iter().map(text).sum()
}
