//! Developer commands of the workspace. `cargo xtask help` lists them.

mod bench;
mod ci;
mod codegen;
mod file;
mod fork;
mod fuzz;
pub mod fuzzing;
mod imports;
mod mutants;
mod openapi_grammar;
mod platforms;
mod pointer;
mod prerequisites;
mod soak;
mod spec;
mod targets;
mod toolchain;
mod wasm;
mod words;
mod yaml;

use std::path::Path;
use std::process::ExitCode;

use anyhow::bail;

const HELP: &str = "\
cargo xtask spec import DIR   renew the facts of spec/ from a folder of published documents
cargo xtask spec check        look for missing texts in spec/
cargo xtask codegen           write everything that is emitted from spec/
cargo xtask codegen --check   write nothing; fail with a diff if something emitted is stale
cargo xtask codegen --spec FILE --out DIR
                              write a crate for any OpenAPI document; [--overlay FILE] [--only TAG|OPERATION]...
                              [--name CRATE] [--runtime path:DIR|version:X] [--skip]
cargo xtask codegen --custom-fields FILE --out FILE.rs
                              write a module with the custom fields of an instance, from the rows of `customfields` as JSON
cargo xtask corpus DIR        run it over a folder of documents; [--check] compiles, [--why] tells what is refused, [--wire] calls
                              every operation and holds what goes on the wire against the document, [--prism] calls them
                              against Prism, which npm installs below target/
cargo xtask servers           emitted crates call servers on FastAPI and Express, which check what they are sent
cargo xtask operations        print every operation; with --json as a JSON array; of any document with --spec FILE [--overlay FILE]
cargo xtask imports           fail with the files that import each other in circles, where there must be none
cargo xtask platforms         fail if a client without further platforms is built with a file or a crate of one
cargo xtask words             fail with words that this project does not use, and what to write instead
cargo xtask wasm              build the board of examples/browser as one ships it; [--check] only checks that the client compiles
                              for a browser, [--check --unpacked] with Debian's compiler even where rustup has one,
                              [--test [--long]] runs the tests in headless Chromium, [--serve] serves the board beside an
                              emulator, [--size] measures three calls against the same by hand
cargo xtask targets           check the client for Windows, and run its file store under Wine
cargo xtask ci                run everything that CI runs
cargo xtask bench compile     time the emitted crate beside serde derives of the same types; [--spec FILE [--overlay FILE]] that of
                              any document
cargo xtask bench build       CPU time of building a program with three calls from nothing and after an edit, beside one on reqwest and
                              serde_json alone
cargo xtask bench size        how much larger that program is
cargo xtask bench codegen --spec FILE
                              instructions and memory of codegen for the document once, three and ten times
cargo xtask fork              fork without exec while tokens are refreshed
cargo xtask fuzz              run the fuzz targets; [--seconds 60] each, or one: [--target NAME]
cargo xtask mutants           change the auth core in small ways and run its unit tests; [--shard K/N] [--explorer]
cargo xtask soak              let processes refresh under faults and kills; [--minutes N] [--processes P] [--expires-in S]
                              [--faults PERCENT] [--kill-every MS] [--store file|redis]; with --load first, a crowd of tasks reads
                              and writes under faults: [--minutes N] [--tasks N] [--users N]
";

/// Runs the command that the arguments of the program name.
pub fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> anyhow::Result<()> {
    let root = file::root();
    match arguments {
        ["spec", "import", folder] => spec::import(&root.join("spec"), Path::new(folder)),
        ["spec", "check"] => spec::check(&root.join("spec")).and_then(|()| codegen::understands(&root)),
        ["codegen"] => codegen::run(&root, false),
        ["codegen", "--check"] => codegen::run(&root, true),
        ["codegen", arguments @ ..] if codegen::custom_fields::is_meant(arguments) => {
            codegen::custom_fields::run(&root, arguments)
        }
        ["codegen", arguments @ ..] => codegen::any_document::run(&root, arguments),
        ["corpus", arguments @ ..] => codegen::corpus::run(&root, arguments),
        ["operations"] => codegen::print_operations(&root, false),
        ["operations", "--json"] => codegen::print_operations(&root, true),
        ["operations", arguments @ ..] => codegen::any_document::print_operations(arguments),
        ["imports"] => imports::check(&root),
        ["wasm", arguments @ ..] => wasm::run(&root, arguments),
        ["platforms"] => platforms::check(&root),
        ["words"] => words::check(&root),
        ["targets"] => targets::run(&root),
        ["ci"] => ci::run(&root),
        ["bench", "compile"] => bench::compile(&root),
        ["bench", "compile", arguments @ ..] => bench::compile_spec(&root, arguments),
        ["bench", "build"] => bench::build(&root),
        ["bench", "size"] => bench::size(&root),
        ["bench", "codegen", arguments @ ..] => bench::codegen(&root, arguments),
        ["fork"] => fork::run(&root),
        ["fuzz", arguments @ ..] => fuzz::run(&root, arguments),
        ["mutants", arguments @ ..] => mutants::run(&root, arguments),
        ["servers"] => codegen::servers::run(&root),
        ["soak", arguments @ ..] => soak::run(&root, arguments),
        ["help"] => {
            file::print(HELP.trim_end());
            Ok(())
        }
        _ => bail!("unknown command\n\n{HELP}"),
    }
}
