//! Every error of the scanner: its message, position and pointer.

use vitae_contracts_document::scan;

#[test]
#[expect(clippy::too_many_lines, reason = "one table, one case per line")]
fn errors_have_message_position_and_pointer() {
    let deep = "[".repeat(65);
    let deep_pointer = "/0".repeat(64);
    let cases: &[(&str, &[u8], &str, &str)] = &[
        ("empty", b"", "no JSON value in an empty text at line 1 column 1", ""),
        ("only space", b" \n ", "no JSON value in an empty text at line 2 column 2", ""),
        (
            "byte order mark",
            b"\xef\xbb\xbf{}",
            "byte order mark before the JSON text, which must be UTF-8 without one at line 1 column 1",
            "",
        ),
        ("utf-16", b"\xff\xfe{\0}\0", "invalid UTF-8 at line 1 column 1", ""),
        ("latin-1", b"{\"a\":[\"\xc3\xa9\",\"caf\xe9\"]}", "invalid UTF-8 at line 1 column 15", "/a/1"),
        ("bytes after the value", b"{}\xff", "invalid UTF-8 at line 1 column 3", ""),
        ("error before invalid bytes", b"[1,]\xff", "expected a value, found \"]\" at line 1 column 4", "/1"),
        ("truncated object", b"{\"a\":{\"b\":1", "unexpected end of the text at line 1 column 12", "/a"),
        ("truncated key", b"{\"a", "unexpected end of the text at line 1 column 4", ""),
        ("truncated array", b"[1,", "unexpected end of the text at line 1 column 4", "/1"),
        ("truncated word", b"[tru", "unexpected end of the text at line 1 column 5", "/0"),
        ("truncated number", b"-", "unexpected end of the text at line 1 column 2", ""),
        ("truncated escape", b"\"\\", "unexpected end of the text at line 1 column 3", ""),
        ("truncated code", b"\"\\u12", "unexpected end of the text at line 1 column 6", ""),
        ("not a number", b"{\"a\": NaN}", "expected a value, found \"N\" at line 1 column 7", "/a"),
        ("infinity", b"-Infinity", "expected a digit, found \"I\" at line 1 column 2", ""),
        ("plus", b"+1", "expected a value, found \"+\" at line 1 column 1", ""),
        ("point without digits", b"[1.]", "expected a digit, found \"]\" at line 1 column 4", "/0"),
        ("exponent without digits", b"1e+", "unexpected end of the text at line 1 column 4", ""),
        ("leading zero", b"[-01]", "number with a leading zero at line 1 column 3", "/0"),
        ("wrong word", b"nulL", "expected null, found \"L\" at line 1 column 4", ""),
        ("single quotes", b"['a']", "expected a value, found \"'\" at line 1 column 2", "/0"),
        ("no quotes", b"{a:1}", "expected a key in quotes, found \"a\" at line 1 column 2", ""),
        ("no colon", b"{\"a\" 1}", "expected `:`, found \"1\" at line 1 column 6", ""),
        ("no comma", b"{\"a\":1 \"b\":2}", "expected `,` or `}`, found \"\\\"\" at line 1 column 8", ""),
        ("no comma in array", b"[1 2]", "expected `,` or `]`, found \"2\" at line 1 column 4", ""),
        ("comma at the end", b"{\"a\":1,}", "expected a key in quotes, found \"}\" at line 1 column 8", ""),
        ("comment", b"{} // ok", "unexpected text after the JSON value at line 1 column 4", ""),
        ("two values", b"{}\n{}", "unexpected text after the JSON value at line 2 column 1", ""),
        ("control", b"[\"a\x1bb\"]", "unescaped control character in a string at line 1 column 4", "/0"),
        (
            "line break in string",
            b"\"a\nb\"",
            "unescaped control character in a string at line 1 column 3",
            "",
        ),
        (
            "hidden character",
            "\u{202e}1".as_bytes(),
            "expected a value, found \"\\u202e\" at line 1 column 1",
            "",
        ),
        ("escape", b"\"\\x41\"", "invalid escape in a string at line 1 column 2", ""),
        ("code", b"\"\\u00g0\"", "invalid escape in a string at line 1 column 2", ""),
        ("short code", b"\"\\u12\"", "invalid escape in a string at line 1 column 2", ""),
        ("high surrogate", b"\"\\ud83d\"", "lone surrogate in a string at line 1 column 2", ""),
        ("low surrogate", b"\"\\ude42\"", "lone surrogate in a string at line 1 column 2", ""),
        ("two high", b"\"\\ud83d\\ud83d\"", "lone surrogate in a string at line 1 column 2", ""),
        ("high and text", b"\"\\ud83dx0041\"", "lone surrogate in a string at line 1 column 2", ""),
        ("surrogate in key", b"{\"\\udfff\":1}", "lone surrogate in a string at line 1 column 3", ""),
        ("too deep", deep.as_bytes(), "nesting deeper than 64 levels at line 1 column 65", &deep_pointer),
        (
            "duplicate key",
            "{\"work\": [{\n  \"é\": 1, \"a/b\": 2,\n  \"ü\": 0, \"a/b\": 3}]}".as_bytes(),
            "duplicate key \"a/b\" at line 3 column 11",
            "/work/0/a~1b",
        ),
        (
            "duplicate once unescaped",
            b"{\"a\":1,\"\\u0061\":2}",
            "duplicate key \"a\" at line 1 column 8",
            "/a",
        ),
        ("duplicate empty key", b"{\"\":1,\"\":2}", "duplicate key \"\" at line 1 column 7", "/"),
    ];
    for (name, text, message, pointer) in cases {
        let error = scan(text).expect_err(name);
        assert_eq!(error.to_string(), *message, "{name}");
        assert_eq!(error.pointer(), *pointer, "{name}");
    }
}

#[test]
fn long_key_is_truncated_in_the_message() {
    let key = "k".repeat(10_000);
    let text = format!(r#"{{"{key}":1,"{key}":2}}"#);
    let message = scan(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(message, format!("duplicate key \"{}…\" at line 1 column 10007", "k".repeat(40)));
}
