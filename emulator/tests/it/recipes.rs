//! The recipes of the README as they are printed: one shell runs all of them in their order, with the program in its path.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const README: &str = include_str!("../../README.md");

/// Stands before the output of each recipe.
const BETWEEN: &str = "-- the next recipe --";

/// The blocks of this language, in their order.
fn blocks(language: &str) -> Vec<&'static str> {
    let begins = format!("```{language}\n");
    README.split(&begins).skip(1).map(|rest| rest.split_once("\n```").unwrap().0).collect()
}

/// An empty folder, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("zeyos-emulator-{}-recipes", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a script in a group of its own and ends whatever the script has left running, by that group.
fn run(folder: &Path, script: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_zeyos-emulator")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", script]).current_dir(folder).env("PATH", path).process_group(0);
    let output = fs::File::create(folder.join("output")).unwrap();
    let errors = fs::File::create(folder.join("errors")).unwrap();
    let mut child = shell.stdin(Stdio::null()).stdout(output).stderr(errors).spawn().expect("bash is needed");
    let group = child.id();
    let status = child.wait().unwrap();
    let _ = Command::new("kill").args(["-TERM", "--", &format!("-{group}")]).stderr(Stdio::null()).status();
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert!(status.success(), "{status}: {}\n{}", read("output"), read("errors"));
    read("output")
}

#[test]
fn the_recipes_run_as_printed_and_none_of_them_sleeps() {
    let recipes = blocks("sh");
    assert!(recipes.iter().all(|recipe| !recipe.contains("sleep")), "{recipes:?}");
    let folder = Folder::new();
    fs::write(folder.0.join("list.mjs"), blocks("js")[0]).unwrap();
    assert!(README.contains("`node list.mjs`"));
    let mut commands: Vec<String> = recipes.iter().map(|recipe| (*recipe).to_owned()).collect();
    commands.insert(2, "node list.mjs".to_owned());
    let script = commands.join(&format!("\necho; echo '{BETWEEN}'\n"));
    let output = run(&folder.0, &script);
    let told: Vec<&str> = output.split(BETWEEN).map(str::trim).collect();
    let [started, curl, node, code, faulty, control, exchanged] = told[..] else { panic!("{told:#?}") };
    assert_eq!((started, faulty), ("", ""));

    assert!(curl.starts_with("[{\"ID\":") && curl.contains("\"account.lastname\":\""), "{curl}");
    let ids = curl.split_once("}][{\"ID\":").expect("a list follows a list").1;
    assert!(
        ids.split_once('}').unwrap().0.bytes().all(|byte| byte.is_ascii_digit()),
        "the form selects one column: {curl}"
    );
    assert!(curl.contains("\"name\":\"Pump seal leaks\"") && curl.contains("\"refresh_token\":\""), "{curl}");
    assert!(!curl.contains("rror"), "{curl}");
    assert!(node.starts_with("200 [") && node.contains("name:"), "{node}");
    assert!(code.starts_with("http://127.0.0.1:9999/back?code=") && code.ends_with("&state=x"), "{code}");

    let env = fs::read_to_string(folder.0.join("faulty.env")).unwrap();
    assert!(env.lines().any(|line| line.starts_with("ZEYOS_BASE_URL=http://127.0.0.1:")), "{env}");
    assert!(
        control.starts_with("[{\"number\":1,") && control.contains("\"name\":\"count_shape\",\"value\":\"number\"")
    );
    assert!(control.ends_with("\"offset\":3600}"), "{control}");
    assert!(
        exchanged.starts_with("{\"access_token\":\"ey") && exchanged.contains("\"expires_in\":3600"),
        "{exchanged}"
    );
}
