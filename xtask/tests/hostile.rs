//! Documents that are cut, deep, aliased, huge or strange end with a message, in bounded time and memory: `cargo xtask codegen --spec`
//! has 20 seconds of a processor and 2 GiB for each.
#![cfg(target_os = "linux")]

use std::fmt::Write as _;

use runs::{HEAD, refused, run, with};

#[cfg(test)]
mod runs {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};

    /// Processor time in seconds, and memory in KiB, of one run.
    const LIMITS: &str = "ulimit -t 20 && ulimit -v 2097152 && exec \"$@\"";

    /// What a message may have, in bytes.
    const LONGEST_MESSAGE: usize = 64 * 1024;

    pub(crate) const HEAD: &str = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\n";

    fn folder(name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// Runs over a document; what it must not do is crash, run on, or print without end.
    pub(crate) fn run(name: &str, file: &str, content: &[u8]) -> Output {
        let folder = folder(name);
        let document = folder.join(file);
        fs::write(&document, content).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", LIMITS, "sh", env!("CARGO_BIN_EXE_xtask"), "codegen", "--skip", "--spec"]).arg(document);
        let output = command.arg("--out").arg(folder.join("out")).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        let end: String = told.chars().take(300).collect();
        assert!(matches!(output.status.code(), Some(0 | 1)), "{name}: {}: {end}", output.status);
        if output.status.code() == Some(1) {
            let is_message = told.lines().any(|line| line.starts_with("error: "));
            assert!(is_message && told.len() < LONGEST_MESSAGE, "{name}: {} bytes: {end}", told.len());
        }
        output
    }

    pub(crate) fn refused(name: &str, file: &str, content: impl AsRef<[u8]>) {
        let output = run(name, file, content.as_ref());
        assert_eq!(output.status.code(), Some(1), "{name} is accepted");
    }

    /// An operation with a body of this schema, and these components.
    pub(crate) fn with(schema: &str, components: &str) -> String {
        format!(
            "{HEAD}paths: {{/a: {{post: {{operationId: a, requestBody: {{content: {{application/json: {{schema: {schema}}}}}}}, responses: \
             {{'204': {{description: D}}}}}}}}}}\ncomponents: {{schemas: {{{components}}}}}\n"
        )
    }
}

#[test]
fn a_document_that_is_cut_anywhere_ends_with_a_message() {
    for file in ["kennel.yaml", "checkout.json"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/corpus").join(file);
        let whole = std::fs::read(path).unwrap();
        for part in 0..16 {
            let end = whole.len() * part / 16;
            run("cut", file, &whole[..end]);
        }
        refused("cut", file, &whole[..whole.len() / 100]);
    }
}

#[test]
fn nesting_ends_with_a_message_at_any_depth() {
    for depth in [100, 1_000, 100_000] {
        refused("deep", "lists.yaml", "[".repeat(depth));
        refused("deep", "closed.yaml", format!("{HEAD}paths: {}{}", "[".repeat(depth), "]".repeat(depth)));
        refused("deep", "maps.yaml", format!("{HEAD}paths: {}", "{a: ".repeat(depth)));
        refused("deep", "objects.json", format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth)));
        refused("deep", "signs.yaml", format!("{HEAD}paths:\n  {}", "? ".repeat(depth)));
        refused("deep", "dashes.yaml", format!("{HEAD}paths:\n  {}", "- ".repeat(depth)));
    }
    // Every rule follows schemas that stand within each other.
    for depth in [20, 50] {
        let nested = |start: &str, end: &str| format!("{}{{type: string}}{}", start.repeat(depth), end.repeat(depth));
        run("deep", "properties.yaml", with(&nested("{type: object, properties: {a: ", "}}"), "").as_bytes());
        run("deep", "items.yaml", with(&nested("{type: array, items: ", "}"), "").as_bytes());
        run("deep", "all.yaml", with(&nested("{allOf: [", "]}"), "").as_bytes());
        run("deep", "one.yaml", with(&nested("{oneOf: [{type: integer}, ", "]}"), "").as_bytes());
        run("deep", "values.yaml", with(&nested("{type: object, additionalProperties: ", "}"), "").as_bytes());
    }
}

#[test]
fn aliases_that_multiply_end_with_a_message() {
    let mut doubling = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(doubling, "a{level}: &a{level} [{aliases}]");
    }
    refused("aliases", "lists.yaml", format!("{HEAD}{doubling}paths: *a11\n"));
    let mut maps = String::from("a0: &a0 {x: 1, y: 2}\n");
    for level in 1..20 {
        let _ = writeln!(maps, "a{level}: &a{level} {{l: *a{0}, r: *a{0}, m: *a{0}}}", level - 1);
    }
    refused("aliases", "maps.yaml", format!("{HEAD}{maps}paths: *a19\n"));
    let mut merged = String::from("a0: &a0 {k0: 1}\n");
    for level in 1..40 {
        let _ = writeln!(merged, "a{level}: &a{level} {{<<: [*a{0}, *a{0}], k{level}: 1}}", level - 1);
    }
    refused("aliases", "merged.yaml", format!("{HEAD}{merged}paths: *a39\n"));
    refused("aliases", "itself.yaml", format!("{HEAD}paths: &a {{/b: *a}}\n"));
    refused("aliases", "unknown.yaml", format!("{HEAD}paths: *nothing\n"));
}

#[test]
fn references_that_multiply_or_lead_back_end() {
    let mut doubling = String::new();
    for level in 1..64 {
        let before = level - 1;
        let _ = write!(
            doubling,
            ", S{level}: {{allOf: [{{$ref: '#/components/schemas/S{before}'}}, {{$ref: '#/components/schemas/S{before}'}}]}}"
        );
    }
    let first = "S0: {type: object, properties: {a: {type: string}}}";
    run(
        "references",
        "doubling.yaml",
        with("{$ref: '#/components/schemas/S63'}", &format!("{first}{doubling}")).as_bytes(),
    );
    let circle = "A: {$ref: '#/components/schemas/B'}, B: {$ref: '#/components/schemas/A'}";
    refused("references", "circle.yaml", with("{$ref: '#/components/schemas/A'}", circle));
    let merged = "A: {allOf: [{$ref: '#/components/schemas/A'}]}";
    refused("references", "merged.yaml", with("{$ref: '#/components/schemas/A'}", merged));
    let mut chain = String::from("C0: {type: string}");
    for level in 1..2_000 {
        let _ = write!(chain, ", C{level}: {{$ref: '#/components/schemas/C{}'}}", level - 1);
    }
    run("references", "chain.yaml", with("{$ref: '#/components/schemas/C1999'}", &chain).as_bytes());
}

#[test]
fn huge_documents_are_read_or_refused() {
    let text = "x".repeat(20 << 20);
    run("huge", "text.yaml", format!("{HEAD}x-text: \"{text}\"\npaths: {{}}\n").as_bytes());
    run("huge", "text.json", format!("{{\"openapi\": \"3.0.3\", \"x-text\": \"{text}\"}}").as_bytes());
    let keys: String = (0..200_000).map(|key| format!("x-{key}: 1\n")).collect();
    run("huge", "keys.yaml", format!("{HEAD}{keys}paths: {{}}\n").as_bytes());
    let values = (0..20_000).map(|value| format!("v{value}")).collect::<Vec<_>>().join(", ");
    run("huge", "enum.yaml", with(&format!("{{type: string, enum: [{values}]}}"), "").as_bytes());
    let members = (0..5_000).map(|member| format!("m{member}: {{type: string}}")).collect::<Vec<_>>().join(", ");
    run("huge", "members.yaml", with(&format!("{{type: object, properties: {{{members}}}}}"), "").as_bytes());
    let answers = "responses: {'204': {description: D}}";
    let paths: String =
        (0..2_000).map(|path| format!("  /p{path}: {{get: {{operationId: o{path}, {answers}}}}}\n")).collect();
    let output = run("huge", "paths.yaml", format!("{HEAD}paths:\n{paths}").as_bytes());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn what_is_no_document_is_refused() {
    let cases: [(&str, &[u8]); 12] = [
        ("empty.yaml", b""),
        ("empty.json", b""),
        ("null.yaml", b"null"),
        ("list.yaml", b"[]"),
        ("nul.yaml", b"openapi: 3.0.3\0\npaths: {}"),
        ("latin.yaml", b"openapi: 3.0.3\ninfo: {title: \xe4}\n"),
        ("bytes.json", b"\xff\xfe{\0}\0"),
        ("tabs.yaml", b"openapi:\t3.0.3\n\tpaths: {}"),
        ("number.yaml", b"openapi: 1e999999\npaths: {}"),
        ("twice.yaml", b"openapi: 3.0.3\nopenapi: 3.0.3\npaths: {}\n"),
        ("two.yaml", b"openapi: 3.0.3\npaths: {}\n---\nopenapi: 3.0.3\npaths: {}\n"),
        ("tag.yaml", b"!!python/object/apply:os.system ['true']"),
    ];
    for (file, content) in cases {
        refused("none", file, content);
    }
}
