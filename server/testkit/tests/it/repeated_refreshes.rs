//! Repeated token refreshes, by the same client and by others.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::types::Value as Cell;
use serde_json::json;
use vitae_server_testkit::Stack;

use crate::data_files;
use crate::raw_http::{Response, request};
use crate::tokens::{assert_ended, log_in, log_out, refresh, tokens};

const DAY: Duration = Duration::from_hours(24);

/// The key of one exchange.
fn key(name: u8) -> String {
    URL_SAFE_NO_PAD.encode([name; 32])
}

async fn exchange(stack: &Stack, token: &str, key: &str) -> Response {
    let body = json!({"refresh_token": token, "exchange_key": key}).to_string();
    request("POST /v1/auth/refresh").json(body).send(stack).await
}

async fn works(stack: &Stack, access: &str) -> bool {
    request("GET /v1/me").bearer(access).send(stack).await.status == 200
}

#[tokio::test]
async fn repeated_refresh_returns_the_same_token() {
    let stack = Stack::start().await;
    let (_, first) = tokens(&log_in(&stack).await);
    let (_, second) = tokens(&exchange(&stack, &first, &key(1)).await);
    for _ in 0..3 {
        let (access, again) = tokens(&exchange(&stack, &first, &key(1)).await);
        assert_eq!(again, second);
        assert!(works(&stack, &access).await);
    }
    let (_, third) = tokens(&exchange(&stack, &second, &key(2)).await);
    assert_ne!(third, second);
    let file = data_files::file(&stack, "auth");
    assert_eq!(data_files::number(&file, "SELECT count(*) FROM refresh_tokens"), 3, "each was made once");
    let events = "SELECT count(*) FROM event_log WHERE subject LIKE 'auth.session.%'";
    assert_eq!(data_files::number(&file, events), 1, "and writes no event");
}

#[tokio::test]
async fn concurrent_identical_refreshes_count_as_one() {
    let stack = Stack::start().await;
    let (_, mut token) = tokens(&log_in(&stack).await);
    for round in 0..10 {
        let key = key(round);
        let again = || exchange(&stack, &token, &key);
        let (one, two, three) = tokio::join!(again(), again(), again());
        let [one, two, three] = [one, two, three].map(|response| tokens(&response).1);
        assert!(one == two && two == three);
        token = one;
    }
}

#[tokio::test]
async fn reuse_of_a_spent_token_ends_its_session() {
    for other in [None, Some(key(2))] {
        let stack = Stack::start().await;
        let (_, first) = tokens(&log_in(&stack).await);
        let (access, second) = tokens(&exchange(&stack, &first, &key(1)).await);
        let stolen = match &other {
            Some(other) => exchange(&stack, &first, other).await,
            None => refresh(&stack, &first).await,
        };
        assert_ended(&stolen);
        assert_ended(&exchange(&stack, &second, &key(3)).await);
        assert_ended(&exchange(&stack, &first, &key(1)).await);
        assert!(!works(&stack, &access).await, "at once");
    }
}

#[tokio::test]
async fn token_spent_without_a_key_is_rejected_with_a_key() {
    let stack = Stack::start().await;
    let (_, first) = tokens(&log_in(&stack).await);
    let (_, second) = tokens(&refresh(&stack, &first).await);
    assert_ended(&exchange(&stack, &first, &key(1)).await);
    assert_ended(&refresh(&stack, &second).await);
}

#[tokio::test]
async fn stolen_token_and_key_are_detected_at_the_next_refresh() {
    let stack = Stack::start().await;
    let (_, first) = tokens(&log_in(&stack).await);
    let (_, owner_s) = tokens(&exchange(&stack, &first, &key(1)).await);
    let (_, thief_s) = tokens(&exchange(&stack, &first, &key(1)).await);
    assert_eq!(owner_s, thief_s, "one token, which two have");
    let (_, third) = tokens(&exchange(&stack, &thief_s, &key(2)).await);
    assert_ended(&exchange(&stack, &owner_s, &key(3)).await);
    assert_ended(&exchange(&stack, &third, &key(4)).await);
}

#[tokio::test]
async fn late_duplicate_refresh_is_rejected() {
    // Within a minute it counts as a network error, later as a stolen token.
    for (later, ends) in [(Duration::from_secs(59), false), (Duration::from_mins(1), true)] {
        let stack = Stack::start().await;
        let (_, first) = tokens(&log_in(&stack).await);
        let (_, second) = tokens(&exchange(&stack, &first, &key(1)).await);
        let (_, third) = tokens(&exchange(&stack, &second, &key(2)).await);
        stack.advance(later);
        assert_ended(&exchange(&stack, &first, &key(1)).await);
        let next = exchange(&stack, &third, &key(3)).await;
        assert_eq!(next.status == 200, !ends, "{later:?}");
    }
}

#[tokio::test]
async fn refresh_can_be_repeated_for_a_day() {
    for (later, ends) in [(DAY.saturating_sub(Duration::from_secs(1)), false), (DAY, true)] {
        let stack = Stack::start().await;
        let (_, first) = tokens(&log_in(&stack).await);
        let (_, second) = tokens(&exchange(&stack, &first, &key(1)).await);
        stack.advance(later);
        let again = exchange(&stack, &first, &key(1)).await;
        assert_eq!(again.status == 200, !ends, "{later:?}");
        assert_eq!(exchange(&stack, &second, &key(2)).await.status == 200, !ends);
    }
}

#[tokio::test]
async fn repeated_refresh_does_not_revive_an_ended_session() {
    let stack = Stack::start().await;
    let (_, first) = tokens(&log_in(&stack).await);
    let (_, second) = tokens(&exchange(&stack, &first, &key(1)).await);
    assert_eq!(log_out(&stack, &second).await.status, 204);
    assert_ended(&exchange(&stack, &first, &key(1)).await);
}

#[tokio::test]
async fn refresh_can_be_repeated_after_a_restart() {
    let mut stack = Stack::start().await;
    let (_, first) = tokens(&log_in(&stack).await);
    let (_, second) = tokens(&exchange(&stack, &first, &key(1)).await);
    stack.kill().await;
    stack.restart().await;
    assert_eq!(tokens(&exchange(&stack, &first, &key(1)).await).1, second);
}

#[tokio::test]
async fn invalid_key_is_rejected_and_spends_no_token() {
    let stack = Stack::start().await;
    let (_, first) = tokens(&log_in(&stack).await);
    for text in ["x", &"A".repeat(42), &"A".repeat(44), &format!("{}=", &key(1)[..42]), &"ä".repeat(43)] {
        let response = exchange(&stack, &first, text).await;
        assert_eq!(
            (response.status, response.error_locations()),
            (422, vec!["/exchange_key".to_owned()]),
            "{text}"
        );
    }
    tokens(&refresh(&stack, &first).await);
}

#[tokio::test]
async fn database_holds_no_token_and_no_key() {
    let stack = Stack::start().await;
    let (_, first) = tokens(&log_in(&stack).await);
    let (_, second) = tokens(&exchange(&stack, &first, &key(1)).await);
    let bits = |token: &str| URL_SAFE_NO_PAD.decode(&token[4..]).unwrap();
    let secrets = [bits(&first), bits(&second), vec![1; 32]];
    let file = data_files::file(&stack, "auth");
    let cells = |row: &rusqlite::Row<'_>| (0..6).map(|at| row.get::<_, Cell>(at)).collect();
    let rows: Vec<Vec<Cell>> =
        data_files::rows(&file, "SELECT * FROM refresh_tokens ORDER BY issued_at", cells);
    assert_eq!(rows.len(), 2);
    for cell in rows.iter().flatten() {
        assert!(!secrets.iter().any(|secret| *cell == Cell::Blob(secret.clone())), "{cell:?}");
    }
}
