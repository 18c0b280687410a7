//! T9: what a core file holds of secrets whose owners are gone. Those that are in use are in it: nothing can be done about that.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::FileExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use zeyos::legacy_auth::LoginRequest;
use zeyos::oauth2::CodeVerifier;
use zeyos::{Client, MemoryTokenStore, Secret, TokenSet};

use crate::support::folder::Folder;
use crate::support::transcript::{PIECE, forms};

/// Set for the process that crashes: where its secrets are.
const FOLDER: &str = "ZEYOS_IT_CORE_FOLDER";
const TEST: &str = "promises::leaks::core::a_core_file_holds_no_secret_of_a_client_that_is_gone";

const NAMES: [&str; 7] = ["access", "refresh", "client secret", "password", "cookie", "verifier", "login password"];

/// The process that crashes. Its secrets are in files, so that they are not in its program.
fn play(folder: &Path) -> ! {
    let secret = |name: &str| Secret::new(String::from_utf8(fs::read(folder.join(name)).unwrap()).unwrap());
    let tokens = || TokenSet::bearer(secret("access")).with_refresh_token(secret("refresh"));
    let client = Client::builder("https://erp.example.com/demo")
        .client_credentials("app", secret("client secret"))
        .basic_user("mara", secret("password"))
        .session_cookie(secret("cookie"))
        .token_set(tokens())
        .build()
        .unwrap();
    let values = (
        MemoryTokenStore::new(tokens()),
        CodeVerifier::new(secret("verifier")),
        LoginRequest::new("mara", secret("login password"), "test"),
    );
    say("in use");
    drop((client, values));
    say("gone");
    std::process::abort();
}

/// Says it, and waits for a word.
fn say(word: &str) {
    println!("\nsaid: {word}");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

/// What a core file holds of a process that waits: all that it can write.
fn memory(child: &Child) -> Vec<u8> {
    let process = Path::new("/proc").join(child.id().to_string());
    let (maps, file) = (fs::read_to_string(process.join("maps")).unwrap(), File::open(process.join("mem")).unwrap());
    let mut memory = Vec::new();
    for line in maps.lines().filter(|line| line.contains(" rw") && !line.contains("[v")) {
        let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [from, to] = [from, to].map(|address| u64::from_str_radix(address, 16).unwrap());
        let mut region = vec![0; usize::try_from(to - from).unwrap()];
        file.read_exact_at(&mut region, from).unwrap_or_else(|error| panic!("{line}: {error}"));
        memory.append(&mut region);
    }
    memory
}

/// The names of the secrets of which a piece is there, in any form.
fn found(memory: &[u8], secrets: &[(&'static str, String)]) -> Vec<&'static str> {
    let is_there = |secret: &str| {
        let forms = forms(secret);
        let pieces: HashSet<&[u8]> = forms.iter().flat_map(|form| form.as_bytes().windows(PIECE)).collect();
        // Nearly all of it is told apart by two bytes.
        let mut starts = vec![false; 1 << 16];
        pieces.iter().for_each(|piece| starts[usize::from(piece[0]) << 8 | usize::from(piece[1])] = true);
        let mut places = memory.windows(PIECE);
        places.any(|place| starts[usize::from(place[0]) << 8 | usize::from(place[1])] && pieces.contains(place))
    };
    secrets.iter().filter(|(_, secret)| is_there(secret)).map(|(name, _)| *name).collect()
}

/// The core file, if this machine writes one where the process was.
fn core(folder: &Path) -> Option<Vec<u8>> {
    let mut names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let path = names.find(|path| path.file_name().unwrap().to_string_lossy().starts_with("core"))?;
    Some(fs::read(path).unwrap())
}

fn start(folder: &Path) -> Child {
    // Where the machine allows it, the crash leaves a file.
    let limited = "ulimit -c unlimited 2>/dev/null; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", limited]).arg(std::env::current_exe().unwrap()).args(["--exact", TEST, "--nocapture"]);
    command.current_dir(folder).env(FOLDER, folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn a_core_file_holds_no_secret_of_a_client_that_is_gone() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        play(Path::new(&folder));
    }
    let folder = Folder::new("core");
    let random = || format!("{:016x}{:016x}", getrandom::u64().unwrap(), getrandom::u64().unwrap());
    let secrets = NAMES.map(|name| (name, random()));
    for (name, secret) in &secrets {
        fs::write(folder.path().join(name), secret).unwrap();
    }
    let mut child = start(folder.path());
    let (mut stdin, mut lines) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()).lines());
    let mut hear = |word: &str| assert!(lines.any(|line| line.unwrap() == format!("said: {word}")), "{word}");
    hear("in use");
    assert_eq!(found(&memory(&child), &secrets), NAMES, "the search finds what is there");
    stdin.write_all(b"\n").unwrap();
    hear("gone");
    assert_eq!(found(&memory(&child), &secrets), [""; 0]);
    stdin.write_all(b"\n").unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(6));
    let core = core(folder.path());
    println!("a core file of {} bytes", core.as_ref().map_or(0, Vec::len));
    assert_eq!(core.map_or(Vec::new(), |core| found(&core, &secrets)), [""; 0]);
}
