//! The operations of a service that has every kind of body and of answer, as an emitted crate would have them.

use bytes::Bytes;
use http::Method;
use zeyos::{
    BodyFormat, Call, Client, Dispatcher as _, Encoding, Operation, RequestBody, Requirement, ResponseBody,
    ResponseFormat, Safety, ServiceDescription, Style, kind, rest,
};
use zeyos_core::call::RawCall;

static PENS: ServiceDescription = ServiceDescription::new("pens", "/pens");

const MEMBERS: &[Encoding] = &[
    Encoding::new("size").style(Style::DeepObject, true),
    Encoding::new("inks").style(Style::Form, false),
    Encoding::new("photo").media_type("image/png, image/jpeg"),
    Encoding::new("facts").media_type("application/json"),
];

const fn write(id: &'static str, body: RequestBody) -> Operation {
    Operation::new(&PENS, id, Method::POST, "/write").body(body)
}

const fn read(id: &'static str, answer: ResponseBody) -> Operation {
    Operation::new(&PENS, id, Method::GET, "/read").safety(Safety::Read).answer(answer)
}

pub(super) static JSON: Operation = write("json", RequestBody::JSON);
pub(super) static FORM: Operation = write("form", RequestBody::FORM.encoding(MEMBERS));
pub(super) static MULTIPART: Operation = write("multipart", RequestBody::MULTIPART.encoding(MEMBERS));
pub(super) static VALUE: Operation = write("value", RequestBody::new(BodyFormat::Value, "application/vnd.pens+json"));
pub(super) static TEXT: Operation = write("text", RequestBody::new(BodyFormat::Text, "text/csv").optional());
pub(super) static PICTURE: Operation = write("picture", RequestBody::new(BodyFormat::Bytes, "image/png"));
/// The same with the tokens of ZeyOS.
pub(super) static SECURED: Operation = write("secured", RequestBody::new(BodyFormat::Bytes, "image/png"))
    .security(&[&[Requirement::of(&rest::schemes::OAUTH)], &[Requirement::of(&rest::schemes::SESSION)]]);

pub(super) static GET_TEXT: Operation = read("getText", ResponseBody::new(ResponseFormat::Text, "text/csv"));
pub(super) static GET_PICTURE: Operation = read("getPicture", ResponseBody::new(ResponseFormat::Bytes, "image/png"));
pub(super) static GET_NOTHING: Operation = read("getNothing", ResponseBody::NOTHING);
pub(super) static GET_PLACE: Operation = read("getPlace", ResponseBody::REDIRECT).success(&[303]);

pub(super) fn raw(client: &Client, operation: &'static Operation) -> RawCall {
    RawCall::new(&client.dispatch(), operation)
}

pub(super) fn written(raw: RawCall) -> Call<(), kind::Empty> {
    raw.typed()
}

pub(super) fn picture(client: &Client) -> Call<Bytes, kind::Binary> {
    raw(client, &GET_PICTURE).typed()
}
