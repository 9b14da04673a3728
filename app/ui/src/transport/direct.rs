//! Calls straight from the browser, past our proxy: to a server of one's own that lets this page in.
//!
//! Plain HTTP is enough here. Such a server works one call at a time, so the browser's six connections per host are plenty.

use std::cell::RefCell;

use codecraft_core::{
    provider::{
        Call, Decoder, ErrorClass, Head, ListedModel, ProviderError, ProviderKind, StreamEvent,
        doctor::Address, read_models,
    },
    run::Target,
};

use crate::browser::fetch::{self, Destination};

/// Most bytes of a model list.
const MAX_LIST: usize = 4 * 1024 * 1024;

thread_local! {
    /// Providers that are not the proxy's, with the address of each.
    static DIRECT: RefCell<Vec<(String, Address)>> = const { RefCell::new(Vec::new()) };
}

/// From now on, calls to `provider` go straight to `address`, or again through the proxy.
pub fn route(provider: &str, address: Option<Address>) {
    DIRECT.with_borrow_mut(|direct| {
        direct.retain(|(id, _)| id != provider);
        direct.extend(address.map(|address| (provider.to_owned(), address)));
    });
}

/// Where `provider` answers, if calls go straight to it.
pub fn address(provider: &str) -> Option<Address> {
    DIRECT.with_borrow(|direct| {
        direct.iter().find(|(id, _)| id == provider).map(|(_, address)| address.clone())
    })
}

/// Sends `call` and decodes what comes back, until the end.
pub async fn stream(to: Address, target: Target, call: Call, mut sink: impl FnMut(StreamEvent)) {
    let Some(mut exchange) = fetch::send(destination(&to), &call).await else {
        return sink(StreamEvent::Error(unreachable(&to)));
    };
    // No header of the answer may be read but a few that say nothing of a pause.
    let mut decoder = Decoder::new(target.kind, Head { status: exchange.status(), ..Head::default() });
    let mut events = Vec::new();
    // What a stream without an end means, the decoder says, too.
    while let Some(Ok(bytes)) = exchange.next().await {
        decoder.push(&bytes, &mut events);
        events.drain(..).for_each(&mut sink);
        if decoder.is_over() {
            break;
        }
    }
    decoder.finish(&mut events);
    events.drain(..).for_each(&mut sink);
}

/// All models of the server at `to`.
///
/// # Errors
/// The classified failure.
pub async fn models(to: &Address, kind: ProviderKind) -> Result<Vec<ListedModel>, ProviderError> {
    let Some(call) = kind.protocol().list(None) else { return Ok(Vec::new()) };
    let exchange = fetch::send(destination(to), &call).await.ok_or_else(|| unreachable(to))?;
    let status = exchange.status();
    let body = exchange.body(MAX_LIST).await.map_err(|_| unreachable(to))?;
    Ok(read_models(kind, status, &body)?.models)
}

fn destination(to: &Address) -> Destination<'_> {
    Destination { base: to.base(), loopback: to.is_loopback(), readable: true }
}

fn unreachable(to: &Address) -> ProviderError {
    let said =
        format!("The browser got no answer from {}. The doctor under Providers finds out why.", to.name());
    ProviderError::new(ErrorClass::Unreachable, said)
}
