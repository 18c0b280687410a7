//! Effects in words.

use super::*;

fn name(error: &TokenError) -> String {
    let text = format!("{error:?}");
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

/// The refresh token of a record, else its access token.
fn token(record: &TokenRecord) -> String {
    let Some(tokens) = record.tokens.clone() else { return "nothing".to_owned() };
    let token = tokens.refresh_token.or(tokens.access_token).unwrap().expose().to_owned();
    record.lost.map_or(token.clone(), |loss| format!("{token} {loss:?}"))
}

fn ending(outcome: &Outcome) -> String {
    let told = |verb: &str, record: &TokenRecord| format!("{verb} {} {}", record.generation, token(record));
    match outcome {
        Outcome::Adopted(record) => told("adopted", record),
        Outcome::Renewed(record) => told("renewed", record),
        Outcome::Recovered(record) => told("recovered", record),
        Outcome::Unpersisted { record, .. } => told("unpersisted", record),
        Outcome::RefreshTokenOnly(record, error) => format!("{} {}", told("kept", record), name(error)),
        Outcome::Lost(record, loss) => {
            assert_eq!(record.lost, Some(*loss));
            told("lost", record)
        }
        Outcome::Failed(error) => format!("failed {}", name(error)),
    }
}

pub(super) fn words(effect: &Effect) -> String {
    match effect {
        Effect::Read => "read".to_owned(),
        Effect::Prepare(pending) => {
            assert_eq!(pending.request_id, "mine");
            format!("prepare {}", pending.generation)
        }
        Effect::Post(Renewal::Refresh(token)) => format!("post {}", token.expose()),
        Effect::Post(Renewal::Issue) => "issue".to_owned(),
        Effect::Journal => "journal".to_owned(),
        Effect::QuarantineReply => "quarantine".to_owned(),
        Effect::NoteQuestion(asked) => {
            assert_eq!(asked.at, NOW);
            "note".to_owned()
        }
        Effect::Parse => "parse".to_owned(),
        Effect::Introspect(token) => format!("ask {}", token.expose()),
        Effect::Check(token) => format!("check {}", token.expose()),
        Effect::Commit { expected, record } => format!("commit {expected}>{} {}", record.generation, token(record)),
        Effect::Clear => "clear".to_owned(),
        Effect::Wait(time) => format!("wait {}", time.as_millis()),
        Effect::Done(outcome) => ending(outcome),
    }
}
