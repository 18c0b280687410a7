//! Third-party documents: what is read of those in `testdata/corpus`, and that those in `testdata/refused` are not.
//! `UPDATE_GOLDEN=1 cargo test -p xtask corpus` writes what differs.

use std::path::{Path, PathBuf};

use super::*;
use crate::codegen::model::CallShape;

fn testdata(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder)
}

fn documents(folder: &str) -> Vec<PathBuf> {
    let mut found = crate::codegen::corpus::documents(&testdata(folder), &[]).unwrap();
    found.sort();
    found
}

fn options(spec: &Path) -> EmitOptions {
    let overlay = spec.with_extension("").with_extension("overlay.yaml");
    EmitOptions {
        spec: spec.to_owned(),
        overlay: overlay.exists().then_some(overlay),
        skip: true,
        ..EmitOptions::default()
    }
}

#[test]
fn every_document_of_the_corpus_is_read_and_what_is_refused_stands_beside_it() {
    let mut lines = String::new();
    let documents = documents("corpus");
    assert!(documents.len() >= 20, "{} documents", documents.len());
    for path in &documents {
        let name = path.file_name().unwrap().to_str().unwrap();
        let read = read(&options(path)).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        let written = read.model.all_operations().count();
        assert_eq!(written + read.model.refused.len(), read.operations, "{name}: an operation is lost");
        lines.push_str(&format!("{name}: {written} of {}\n", read.operations));
        for Refusal { operation, construct, .. } in &read.model.refused {
            lines.push_str(&format!("  {operation}: {construct}\n"));
        }
    }
    let expected = testdata("corpus").join("refused.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        file::write_if_changed(&expected, &lines).unwrap();
    }
    assert!(file::read(&expected).unwrap() == lines, "{} is not:\n{lines}", expected.display());
}

#[test]
fn every_document_that_must_be_refused_is_refused_at_least_in_part() {
    for path in documents("refused") {
        if let Ok(read) = read(&options(&path)) {
            assert!(!read.model.refused.is_empty(), "{} is taken as it is", path.display());
        }
    }
}

fn tried(name: &str, text: &str) -> anyhow::Result<Read> {
    let folder = tempfile(name);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("pens.yaml");
    std::fs::write(&path, text).unwrap();
    read(&options(&path))
}

fn tempfile(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("xtask-spec-{}-{name}", std::process::id()))
}

fn with_body(schema: &str) -> String {
    format!(
        "openapi: 3.0.3\ninfo: {{title: P, version: '1'}}\npaths:\n  /pens:\n    post: {{operationId: add, \
         requestBody: {{content: {{application/json: {{schema: {schema}}}}}}}, responses: {{'204': {{description: D}}}}}}\n"
    )
}

#[test]
fn a_secret_is_written_anywhere_in_a_body_and_refused_in_an_address() {
    let secret = "{type: string, format: password}";
    let top = format!("{{type: object, properties: {{pin: {secret}}}}}");
    let listed = format!("{{type: object, properties: {{pins: {{type: array, items: {secret}}}}}}}");
    let within = format!("{{type: object, properties: {{lid: {{type: object, properties: {{lock: {top}}}}}}}}}");
    let refused = |name: &str, text: &str| {
        let refused = tried(name, text).unwrap().model.refused;
        std::fs::remove_dir_all(tempfile(name)).unwrap();
        refused.first().map(|refusal| refusal.construct.clone())
    };
    for schema in [&top, &listed, &within, &format!("{{type: array, items: {within}}}")] {
        assert_eq!(refused("secret", &with_body(schema)), None);
    }
    assert_eq!(refused("path", &WITH_SECRET_IN_PATH.replace("SECRET", secret)).unwrap(), "a secret in a path");
    let query = with_body(&top)
        .replace("requestBody", &format!("parameters: [{{name: q, in: query, schema: {listed}}}], requestBody"));
    assert_eq!(refused("query", &query).unwrap(), "a secret inside a parameter");
}

const WITH_SECRET_IN_PATH: &str = "openapi: 3.0.3\ninfo: {title: P, version: '1'}\npaths:\n  /pens/{pin}:\n    get: \
    {operationId: add, parameters: [{name: pin, in: path, required: true, schema: SECRET}], responses: {'204': {description: D}}}\n";

#[test]
fn a_crate_without_operations_is_not_written() {
    let text = WITH_SECRET_IN_PATH.replace("SECRET", "{type: string, format: password}");
    let model = tried("none", &text).unwrap().model;
    std::fs::remove_dir_all(tempfile("none")).unwrap();
    let error = files(Path::new("."), &options(Path::new("pens.yaml")), &model).unwrap_err().to_string();
    assert!(error.contains("no operation is left") && error.contains("a secret in a path"), "{error}");
}

#[test]
fn operations_stand_below_the_path_of_a_first_server_that_names_no_host() {
    for (server, path) in [
        ("/open-banking/v3", "/open-banking/v3"),
        ("/v1/", "/v1"),
        ("/", ""),
        ("https://a.example/v2", "/v2"),
        ("https://{region}.a.example/v2", "/v2"),
        ("/{tenant}/api", "/a/api"),
    ] {
        let named = ["region", "tenant"].iter().find(|name| server.contains(*name));
        let variables = named.map(|name| format!(", variables: {{{name}: {{default: a}}}}")).unwrap_or_default();
        let servers = format!("servers: [{{url: \"{server}\"{variables}}}]\npaths:");
        let text = with_body("{type: object, properties: {a: {type: string}}}").replacen("paths:", &servers, 1);
        assert_eq!(tried("relative", &text).unwrap().model.path, path, "{server}");
    }
}

#[test]
fn a_component_with_one_alternative_leads_to_that_one() {
    let schema = |name: &str| format!("{{$ref: '#/components/schemas/{name}'}}");
    let text = format!(
        "{}components:\n  schemas:\n    A: {{anyOf: [{}]}}\n    B: {{anyOf: [{}]}}\n    C: {{type: object, properties: {{ink: {{type: string}}}}}}\n",
        with_body(&format!("{{type: array, items: {}}}", schema("A"))),
        schema("B"),
        schema("C")
    );
    let model = tried("chain", &text).unwrap().model;
    std::fs::remove_dir_all(tempfile("chain")).unwrap();
    assert!(model.refused.is_empty(), "{:?}", model.refused);
    assert_eq!(model.types.len(), 1);
    let circle = text
        .replace("C: {type: object, properties: {ink: {type: string}}}", &format!("C: {{anyOf: [{}]}}", schema("A")));
    let refused = tried("circle", &circle).unwrap().model.refused;
    std::fs::remove_dir_all(tempfile("circle")).unwrap();
    assert!(refused[0].construct.contains("leads back to itself"), "{refused:?}");
}

/// A document with one operation; `content` is that of its body, `answer` that of its answer.
fn with_contents(content: &str, answer: &str) -> String {
    format!(
        "openapi: 3.1.0\ninfo: {{title: P, version: '1'}}\npaths:\n  /pens:\n    post: {{operationId: add, \
         requestBody: {{content: {content}}}, responses: {{'200': {{description: D, content: {answer}}}}}}}\n"
    )
}

/// What is taken and answered, or what is not understood.
fn contents(name: &str, content: &str, answer: &str) -> String {
    let model = tried(name, &with_contents(content, answer)).unwrap().model;
    std::fs::remove_dir_all(tempfile(name)).unwrap();
    let Some(operation) = model.operations.first() else { return model.refused[0].construct.clone() };
    let body = operation.body.as_ref().unwrap();
    let encoding: Vec<String> = body.encoding.iter().map(|member| format!("{:?}", member.style)).collect();
    let CallShape::Plain { body: Some(taken), answer, .. } = &operation.call else { panic!("{operation:?}") };
    let (argument, asked) = (taken.argument(), answer.media_type());
    format!("{:?} {} {argument} {} -> {asked}", body.format, body.media_type, encoding.join(","))
}

#[test]
fn bodies_of_every_kind_are_taken() {
    let object = "{schema: {type: object, properties: {ink: {type: string}, nib: {type: object}}}}";
    let plain = "{text/plain: {schema: {type: string}}}";
    for (content, expected) in [
        (format!("{{application/json: {object}}}"), "Json application/json request  -> text/plain"),
        (format!("{{text/csv: {{}}, Application/JSON: {object}}}"), "Json application/json request  -> text/plain"),
        (
            "{application/json: {schema: {type: array, items: {type: string}}}}".into(),
            "Value application/json body  -> text/plain",
        ),
        (
            format!("{{application/merge-patch+json: {object}}}"),
            "Json application/merge-patch+json request  -> text/plain",
        ),
        (
            format!("{{multipart/form-data: {object}, image/png: {{}}}}"),
            "Multipart multipart/form-data request  -> text/plain",
        ),
        ("{text/csv: {schema: {type: string}}}".into(), "Text text/csv content  -> text/plain"),
        ("{image/png: {}}".into(), "Bytes image/png content  -> text/plain"),
        (
            "{image/png: {schema: {type: string, contentMediaType: image/png}}}".into(),
            "Bytes image/png content  -> text/plain",
        ),
    ] {
        assert_eq!(contents("taken", &content, plain), expected, "{content}");
    }
}

#[test]
fn members_of_a_form_are_written_as_the_document_says() {
    let form = |encoding: &str| {
        let schema = "{type: object, properties: {nib: {type: array, items: {type: string}}}}";
        format!("{{application/x-www-form-urlencoded: {{schema: {schema}, encoding: {{nib: {encoding}}}}}}}")
    };
    for (encoding, expected) in [
        ("{explode: false}", "Some((Form, false))"),
        ("{style: form, allowReserved: true}", "Some((Form, true))"),
        ("{style: pipeDelimited}", "Some((PipeDelimited, false))"),
        ("{style: deepObject}", "Some((DeepObject, true))"),
        ("{contentType: application/json}", "None"),
        ("{style: tabDelimited}", "the style \"tabDelimited\" of a member"),
        ("{headers: {X-Nib: {schema: {type: string}}}}", "None"),
    ] {
        let found = contents("members", &form(encoding), "{text/plain: {schema: {type: string}}}");
        assert!(found.contains(expected), "{encoding}: {found}");
    }
}

#[test]
fn answers_are_text_bytes_or_json_of_the_media_type_that_the_document_names() {
    for (answer, expected) in [
        ("{text/csv: {schema: {type: string}}}", "text/csv"),
        ("{image/png: {schema: {}}}", "image/png"),
        ("{'image/*': {}}", "image/*"),
        ("{text/csv: {}, application/pdf: {}}", "text/csv, application/pdf"),
        ("{application/xml: {schema: {type: object, properties: {a: {type: string}}}}}", "application/xml"),
        ("{text/event-stream: {schema: {type: object, properties: {a: {type: string}}}}}", "text/event-stream"),
        ("{application/hal+json: {schema: {type: object}}}", "application/hal+json"),
        ("{'application/json; charset=utf-8': {schema: {type: object}}}", "application/json"),
    ] {
        let found = contents("answers", "{image/png: {}}", answer);
        assert!(found.ends_with(&format!("-> {expected}")), "{answer}: {found}");
    }
}

#[test]
fn several_media_types_of_which_none_is_preferred_are_up_to_the_caller() {
    let plain = "{text/plain: {schema: {type: string}}}";
    for (content, expected) in [
        ("{image/png: {}, image/jpeg: {}}", "Bytes image/png, image/jpeg content"),
        (
            "{text/csv: {schema: {type: string}}, text/html: {schema: {type: string}}}",
            "Text text/csv, text/html content",
        ),
        ("{'image/*': {}}", "Bytes image/* content"),
        (
            "{application/xml: {schema: {type: object, properties: {a: {type: string}}}}}",
            "Text application/xml content",
        ),
        ("{application/a+json: {schema: {type: integer}}, text/csv: {}}", "Value application/a+json, text/csv body"),
        (
            "{multipart/form-data: {schema: {type: object, additionalProperties: {type: string}}}}",
            "Multipart multipart/form-data request",
        ),
        ("{multipart/related: {}}", "Bytes multipart/related content"),
    ] {
        assert_eq!(contents("two", content, plain), format!("{expected}  -> text/plain"), "{content}");
    }
    for (content, expected) in [
        ("{application/a+json: {schema: {type: integer}}, 'image/*': {}}", "a range of media types beside JSON"),
        ("{multipart/form-data: {schema: {type: array, items: {type: string}}}}", "a form without named members"),
    ] {
        assert_eq!(contents("refused-two", content, plain), expected, "{content}");
    }
}

#[test]
fn operations_of_any_document_say_where_their_safety_comes_from() {
    let folder = tempfile("operations");
    std::fs::create_dir_all(&folder).unwrap();
    let (spec, overlay) = (folder.join("pens.yaml"), folder.join("pens.overlay.yaml"));
    let operation =
        |id: &str, more: &str| format!("{{operationId: {id}, {more}responses: {{\"204\": {{description: F.}}}}}}");
    let text = format!(
        "openapi: 3.0.3\ninfo: {{title: Pens, version: '1'}}\nservers: [{{url: 'https://pens.example'}}]\npaths:\n  \
         /a: {{get: {}, post: {}}}\n  /b: {{post: {}, put: {}}}\n  /t: {{post: {}}}\n\
         components: {{securitySchemes: {{o: {{type: oauth2, flows: {{clientCredentials: {{tokenUrl: 'https://pens.example/t', \
         scopes: {{w: W}}}}}}}}, k: {{type: apiKey, in: header, name: X-Key}}}}}}\n",
        operation("read", "security: [{o: [w]}, {k: []}], "),
        operation("said", "x-safety: Read, "),
        operation("keyed", "parameters: [{in: header, name: Idempotency-Key, schema: {type: string}}], "),
        operation("put", ""),
        operation("token", ""),
    );
    std::fs::write(&spec, text).unwrap();
    let corrections = "overlay: 1.1.0\ninfo: {title: C, version: '1'}\nactions:\n- target: $.paths['/b'].put\n  update: {x-safety: Create}\n";
    std::fs::write(&overlay, corrections).unwrap();
    let read = read(&EmitOptions { spec, overlay: Some(overlay), ..EmitOptions::default() }).unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_str(&operations::as_json(&[read.model])).unwrap();
    let told: Vec<String> =
        rows.iter().map(|row| format!("{} {} {}", row["id"], row["safety"], row["safetyFrom"])).collect();
    let expected = [
        r#""keyed" "Idempotent" "idempotency key""#,
        r#""put" "Create" "overlay""#,
        r#""read" "Read" "method""#,
        r#""said" "Read" "document""#,
        r#""token" "TokenExchange" "token URL""#,
    ];
    assert_eq!(told, expected);
    let schemes = serde_json::json!([[{"name": "o", "scopes": ["w"]}], [{"name": "k", "scopes": []}]]);
    assert_eq!((&rows[2]["schemes"], &rows[2]["method"], &rows[2]["path"]), (&schemes, &"GET".into(), &"/a".into()));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_credential_that_cannot_be_shared_or_sent_is_refused_with_its_place() {
    let schemes = |one: &str, other: &str, body: &str| {
        format!(
            "openapi: 3.0.3\ninfo: {{title: P, version: '1'}}\npaths:\n  /pens:\n    post: {{operationId: add, \
             security: [{{one: []}}, {{other: []}}], responses: {{'204': {{description: D}}}}{body}}}\ncomponents:\n  \
             securitySchemes: {{one: {one}, other: {other}}}\n"
        )
    };
    let refused = |text: &str| {
        let said = match tried("credentials", text) {
            Err(error) => format!("{error:#}"),
            Ok(read) => read.model.refused.first().map(|one| one.construct.clone()).unwrap_or_default(),
        };
        std::fs::remove_dir_all(tempfile("credentials")).unwrap();
        said
    };
    let bearer = |credential: &str| format!("{{type: http, scheme: bearer, x-credential: {credential}}}");
    let key = |credential: &str| format!("{{type: apiKey, in: query, name: q, x-credential: {credential}}}");
    assert_eq!(refused(&schemes(&bearer("a/b"), &bearer("a/b"), "")), "");
    let location = "pens.yaml#/components/securitySchemes";
    for odd in ["true", "b", "A/b", "[a/b]", "a/b/c"] {
        let said = refused(&schemes(&bearer("a/b"), &bearer(odd), ""));
        assert!(said.starts_with(&format!("{location}/other: the x-credential ")), "{said}");
        assert!(said.ends_with(" is not a name of the form group/credential"), "{said}");
    }
    assert_eq!(
        refused(&schemes(&bearer("a/b"), &key("a/b"), "")),
        format!(
            "{location}/other/x-credential: \"a/b\" cannot be a key: in the security scheme \"one\" of pens.yaml it is a bearer token"
        )
    );
    let said = refused(&schemes(&key("a-b/c"), &key("a/b-c"), ""));
    assert!(said.contains("would be one name with \"a-b/c\""), "{said}");
    let body = ", requestBody: {content: {application/json: {schema: {type: object, properties: \
                {ink: {type: string}, pin: {type: string, x-credential: true}}}}}}";
    let said = refused(&schemes(&bearer("a/b"), &bearer("a/b"), body));
    assert_eq!(said, "the x-credential \"pin\" that no security scheme of the operation writes");
}

#[test]
fn a_crate_has_a_name_that_cargo_takes() {
    let name = |name: &str| EmitOptions { name: Some(name.to_owned()), ..EmitOptions::default() }.crate_name();
    for odd in
        ["match", "async", "core", "std", "test", "proc-macro", "zeyos-runtime", "zeyos_core", "", "1a", "a b", "ü"]
    {
        let said = name(odd).unwrap_err().to_string();
        assert!(said.starts_with(&format!("{odd:?} ")) && said.ends_with("with --name"), "{said}");
    }
    for good in ["tests", "core-api", "http", "a_b-2"] {
        assert_eq!(name(good).unwrap(), good);
    }
}

#[test]
fn every_method_of_an_emitted_builder_is_reserved() {
    let source = file::read(&file::root().join("runtime/src/client/emitted.rs")).unwrap();
    let builder = source.split_once("pub struct $builder").unwrap().1;
    let methods: Vec<&str> = builder
        .lines()
        .filter_map(|line| {
            let line = line.trim_start().trim_start_matches("pub fn ");
            let (name, rest) = line.split_once('(')?;
            let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            (is_name && !rest.starts_with("$argument")).then_some(name)
        })
        .collect();
    assert!(methods.contains(&"allow") && methods.contains(&"token_store") && methods.contains(&"refresh_limits"));
    for name in methods {
        assert!(crate::codegen::reserved::OF_BUILDER.contains(&name), "a document could make a setter {name}");
    }
}

#[test]
fn a_table_of_operations_takes_no_option_of_a_crate() {
    let spec = testdata("corpus").join("refused.txt");
    for (option, rest) in [("--out", &["a"][..]), ("--runtime", &["version:1"]), ("--name", &["a"]), ("--skip", &[])] {
        let arguments = [&["--spec", spec.to_str().unwrap(), "--json", option][..], rest].concat();
        let said = print_operations(&arguments).unwrap_err().to_string();
        assert_eq!(said, format!("{option} is not an option of `operations --spec`"));
    }
}
