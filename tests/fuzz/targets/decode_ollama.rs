//! The Ollama decoder.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| codecraft_fuzz::check_decoder(codecraft_core::provider::ollama::KIND, data));
