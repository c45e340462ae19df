#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| vitae_fuzz::scanner(input));
