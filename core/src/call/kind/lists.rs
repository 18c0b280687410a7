//! What a list can be asked for besides its rows.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Counting, Ids, Kind, List, Matching, Reading, Text};
use crate::call::answer::Count;
use crate::call::{Body, Call};
use crate::decode::{self, Decoding};
use crate::error::DecodeError;
use crate::fields::Fields;
use crate::model::{Id, Json, JsonMap};
use crate::query::{JsonRow, Model};

/// The column that every record has.
const KEY: &str = "ID";

impl<P: DeserializeOwned> Kind<Vec<P>> for List {
    fn read(response: &http::Response<Bytes>, decoding: Decoding) -> Reading<Vec<P>> {
        decode::rows(response.body(), decoding)
    }
}

/// The documented form is `{"count": n}`; the other forms that clients have met are understood too.
impl Kind<Count> for Counting {
    fn read(response: &http::Response<Bytes>, decoding: Decoding) -> Reading<Count> {
        let (json, _): (Json, _) = decode::json(response.body(), decoding)?;
        let number = |json: &Json| json.as_u64().or_else(|| json.as_str()?.parse().ok());
        let count = number(&json).or_else(|| json.get("count").and_then(number));
        let count = count.ok_or_else(|| DecodeError::unexpected("the answer to a count holds no count"))?;
        Ok((Count(count), Vec::new()))
    }
}

impl Kind<bool> for Matching {
    fn read(response: &http::Response<Bytes>, decoding: Decoding) -> Reading<bool> {
        <List as Kind<Vec<JsonRow>>>::read(response, decoding).map(|(rows, defaulted)| (!rows.is_empty(), defaulted))
    }
}

impl<E: Model> Kind<Vec<Id<E>>> for Ids {
    fn read(response: &http::Response<Bytes>, decoding: Decoding) -> Reading<Vec<Id<E>>> {
        let (rows, defaulted) = <List as Kind<Vec<JsonRow>>>::read(response, decoding)?;
        let id = |JsonRow(row): JsonRow| row.get(KEY).and_then(|id| Id::deserialize(id).ok());
        let ids = rows.into_iter().map(id).collect::<Option<_>>();
        Ok((ids.ok_or_else(|| DecodeError::unexpected("a row has no number under `ID`"))?, defaulted))
    }
}

impl<P> Call<Vec<P>, List> {
    /// Asks for the number of matching rows instead of the rows. Sort, offset, limit and expand have no effect then.
    pub fn count(self) -> Call<Count, Counting> {
        self.flagged("count", "a count has no rows").retyped()
    }

    /// Asks whether any row matches. One row at most is read, and its `ID` alone; order, offset and limit of the query have no effect.
    pub fn exists(self) -> Call<bool, Matching> {
        let asking = self.keys_alone(&["sort", "offset", "distinct"]);
        asking.map_fields(|fields| fields.set("limit", 1.into())).retyped()
    }

    /// Asks for a CSV file with `;` between the values and no limit on rows. For administrators only.
    pub fn csv(self) -> Call<String, Text> {
        self.flagged("export", "a CSV file is not read").retyped()
    }

    /// With a member that makes the answer another one, which nothing can be checked against for this reason.
    fn flagged(self, member: &'static str, reason: &str) -> Self {
        let flagged = self.map_fields(|fields| fields.set(member, true.into()));
        flagged.map_request(|request| {
            if request.verification.is_some() {
                request.refuse(format!("verified(): {reason} that could be checked against the conditions"));
            }
        })
    }

    /// With the column `ID` and no other, and without what changes only how rows look.
    fn keys_alone(self, others: &[&str]) -> Self {
        self.map_fields(|fields| {
            ["expand", "extdata", "tags"].iter().chain(others).for_each(|name| fields.remove(name));
            fields.set("fields", Json::Object(JsonMap::from_iter([(KEY.to_owned(), KEY.into())])));
        })
        .map_request(|request| {
            if let (Some(verification), Body::Fields(fields)) = (&mut request.verification, &mut request.body) {
                *verification = Arc::new(verification.selecting(fields));
            }
        })
    }

    fn map_fields(self, change: impl FnOnce(&mut Fields)) -> Self {
        self.map_request(|request| {
            if let Body::Fields(fields) = &mut request.body {
                change(fields);
            }
        })
    }
}

impl<E: Model> Call<Vec<E>, List> {
    /// Asks for the ids of the rows alone, in the order of the query and within its limit.
    pub fn ids(self) -> Call<Vec<Id<E>>, Ids> {
        self.keys_alone(&[]).retyped()
    }
}
