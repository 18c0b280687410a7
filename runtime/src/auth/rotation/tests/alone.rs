//! Access tokens without a refresh token, of which no one can ask whether their login lives.

use super::*;

fn alone(generation: u64, token: &str) -> TokenRecord {
    let tokens = Some(TokenSet::bearer(token));
    TokenRecord { generation, tokens, owner: Some("me".into()), ..TokenRecord::default() }
}

fn of(record: TokenRecord) -> StoreContents {
    StoreContents { newest: record.generation, record, ..StoreContents::default() }
}

#[test]
fn fault_58_of_tokens_that_nobody_can_be_asked_about_those_of_the_store_count_unless_they_are_lost() {
    let task = || knows(alone(4, "a1"), false);
    plays(task(), [found(of(alone(4, "a9"))), stored()], "commit 4>5 a9, adopted 5 a9");
    plays(task(), [found(of(alone(5, "a9")))], "adopted 5 a9");
    let dead = TokenRecord { lost: Some(SessionLoss::Revoked), ..alone(5, "a9") };
    plays(task(), [found(of(dead))], "commit 5>6 a1");
}
