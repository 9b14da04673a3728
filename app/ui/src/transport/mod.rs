//! Where bytes come from: the proxy's sockets, its plain HTTP, a server on the reader's own machine, or a sample's script.
//!
//! A stream is opened with [`open`] and closed by dropping its [`Stream`]: cancelling, finishing and forgetting are the
//! same thing, and none can leave a call running.

pub mod direct;
pub mod http;
mod sample;
mod socket;

use codecraft_core::{
    provider::{self, Call, StreamEvent},
    run::{Run, Target},
};
use futures_util::future::{AbortHandle, Abortable};

use crate::browser;

/// An open stream. Dropping it closes the call all the way to the model.
pub struct Stream {
    abort: AbortHandle,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.abort.abort();
    }
}

/// Makes `call` to `target` for a card of `run` and hands every event to `sink`, which must not assume that it is still
/// wanted. Without a call, a sample plays.
pub fn open(
    run: &Run,
    candidate: usize,
    target: &Target,
    call: Option<Call>,
    sink: impl FnMut(StreamEvent) + 'static,
) -> Stream {
    let (abort, registration) = AbortHandle::new_pair();
    let future: std::pin::Pin<Box<dyn Future<Output = ()>>> = if let Some(call) = call {
        match direct::address(&target.model.provider) {
            Some(address) => Box::pin(direct::stream(address, target.clone(), call, sink)),
            None => Box::pin(socket::stream(run.id.clone(), target.clone(), call, sink)),
        }
    } else {
        let brief = &run.edition(candidate).brief;
        let steps = provider::sample::play(&target.model.model, brief.prompt(), brief.language());
        Box::pin(sample::play(steps, sink))
    };
    browser::spawn(async move {
        // An aborted future is dropped with all that it holds, the socket among it.
        Abortable::new(future, registration).await.ok();
    });
    Stream { abort }
}
