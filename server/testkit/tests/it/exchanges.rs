//! Exchanges of refresh tokens that are made again, by their client and by others.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::types::Value as Cell;
use serde_json::json;
use vitae_server_testkit::Stack;

use crate::disk;
use crate::http::{Answer, request};
use crate::tokens::{assert_ended, log_in, log_out, refresh, tokens};

const DAY: Duration = Duration::from_hours(24);

/// The key of one exchange.
fn key(name: u8) -> String {
    URL_SAFE_NO_PAD.encode([name; 32])
}

async fn exchange(stack: &Stack, token: &str, key: &str) -> Answer {
    let body = json!({"refresh_token": token, "exchange_key": key}).to_string();
    request("POST /v1/auth/refresh").json(body).send(stack).await
}

async fn works(stack: &Stack, access: &str) -> bool {
    request("GET /v1/me").bearer(access).send(stack).await.status == 200
}

#[tokio::test]
async fn an_exchange_that_is_made_again_gets_the_same_token() {
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
    let file = disk::file(&stack, "auth");
    assert_eq!(disk::number(&file, "SELECT count(*) FROM refresh_tokens"), 3, "each was made once");
    let events = "SELECT count(*) FROM event_log WHERE subject LIKE 'auth.session.%'";
    assert_eq!(disk::number(&file, events), 1, "and tells nobody anything");
}

#[tokio::test]
async fn the_same_exchange_twice_at_once_is_one() {
    let stack = Stack::start().await;
    let (_, mut token) = tokens(&log_in(&stack).await);
    for round in 0..10 {
        let key = key(round);
        let again = || exchange(&stack, &token, &key);
        let (one, two, three) = tokio::join!(again(), again(), again());
        let [one, two, three] = [one, two, three].map(|answer| tokens(&answer).1);
        assert!(one == two && two == three);
        token = one;
    }
}

#[tokio::test]
async fn whoever_has_a_spent_token_alone_ends_its_session() {
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
async fn a_token_that_was_spent_without_a_key_is_not_spent_again_with_one() {
    let stack = Stack::start().await;
    let (_, first) = tokens(&log_in(&stack).await);
    let (_, second) = tokens(&refresh(&stack, &first).await);
    assert_ended(&exchange(&stack, &first, &key(1)).await);
    assert_ended(&refresh(&stack, &second).await);
}

#[tokio::test]
async fn a_thief_of_token_and_key_is_found_out_when_the_next_is_spent() {
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
async fn a_duplicate_that_comes_late_gets_nothing() {
    // Within a minute it is the network's doing, after that somebody else's.
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
async fn an_exchange_can_be_made_again_for_a_day() {
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
async fn a_session_that_has_ended_is_not_continued_by_a_repeat() {
    let stack = Stack::start().await;
    let (_, first) = tokens(&log_in(&stack).await);
    let (_, second) = tokens(&exchange(&stack, &first, &key(1)).await);
    assert_eq!(log_out(&stack, &second).await.status, 204);
    assert_ended(&exchange(&stack, &first, &key(1)).await);
}

#[tokio::test]
async fn a_repeat_outlives_the_server() {
    let mut stack = Stack::start().await;
    let (_, first) = tokens(&log_in(&stack).await);
    let (_, second) = tokens(&exchange(&stack, &first, &key(1)).await);
    stack.kill().await;
    stack.restart().await;
    assert_eq!(tokens(&exchange(&stack, &first, &key(1)).await).1, second);
}

#[tokio::test]
async fn what_is_no_key_is_a_fault_and_spends_nothing() {
    let stack = Stack::start().await;
    let (_, first) = tokens(&log_in(&stack).await);
    for text in ["x", &"A".repeat(42), &"A".repeat(44), &format!("{}=", &key(1)[..42]), &"ä".repeat(43)] {
        let answer = exchange(&stack, &first, text).await;
        assert_eq!((answer.status, answer.places()), (422, vec!["/exchange_key".to_owned()]), "{text}");
    }
    tokens(&refresh(&stack, &first).await);
}

#[tokio::test]
async fn the_file_holds_no_token_and_no_key() {
    let stack = Stack::start().await;
    let (_, first) = tokens(&log_in(&stack).await);
    let (_, second) = tokens(&exchange(&stack, &first, &key(1)).await);
    let bits = |token: &str| URL_SAFE_NO_PAD.decode(&token[4..]).unwrap();
    let secrets = [bits(&first), bits(&second), vec![1; 32]];
    let file = disk::file(&stack, "auth");
    let cells = |row: &rusqlite::Row<'_>| (0..6).map(|at| row.get::<_, Cell>(at)).collect();
    let rows: Vec<Vec<Cell>> = disk::rows(&file, "SELECT * FROM refresh_tokens ORDER BY issued_at", cells);
    assert_eq!(rows.len(), 2);
    for cell in rows.iter().flatten() {
        assert!(!secrets.iter().any(|secret| *cell == Cell::Blob(secret.clone())), "{cell:?}");
    }
}
