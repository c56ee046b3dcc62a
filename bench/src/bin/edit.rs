//! Times the editing of machines' definitions: `edit --berth PROGRAM --set FOLDER [--corpus FOLDER] [--rounds 20]`.
//!
//! A property set in a thousand files by the terminal on one core; the hardware page of a machine with 60 devices, from
//! the click to the triangles of the frame that shows it; a key stroke in a definition of 2,000 lines until it is
//! checked, coloured and laid out in such a frame. The window has no display here.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use berth::context::{CommandQueue, ViewContext};
use berth::jobs::Jobs;
use berth::keyboard::Keyboard;
use berth::notifications::Activity;
use berth::route::{MachineKey, MachineTab, Route};
use berth::screens::Root;
use berth::settings::Settings;
use berth::state::{Answer, Answers, Selection};
use berth::widgets::fonts::{self, FontChoice};
use berth::widgets::{ThemeChoice, theme};
use egui::{Context, Event, Modifiers, PointerButton, Pos2, RawInput, Rect, Shape, pos2, vec2};
use libvirt_backend::model::{
    ConnectionState, Definition, Freshness, HostModel, Machine, MachineId, MachineStats, Responding, ShutOffReason,
    State,
};
use libvirt_backend::property::edit::{DefinitionXml, Fingerprint};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const URI: &str = "qemu:///session";
const NOW_MILLIS: i64 = 1_795_262_400_000;
/// In the folder that the terminal edits.
const FILES: usize = 1_000;
const DEVICES: usize = 60;
const LINES: usize = 2_000;

fn main() -> Outcome<()> {
    let rounds = option("--rounds").and_then(|text| text.parse().ok()).unwrap_or(20);
    let mut out = std::io::stdout();
    if let (Some(berth), Some(set)) = (option("--berth"), option("--set")) {
        let berth = PathBuf::from(berth);
        let own = time_files(&berth, Path::new(&set), Some(FILES), rounds.min(5))?;
        writeln!(out, "edit.corpus_set_ms {own:.1} ms")?;
        if let Some(corpus) = option("--corpus") {
            let theirs = time_files(&berth, Path::new(&corpus), None, rounds.min(5))?;
            writeln!(out, "edit.given_corpus_set_ms {theirs:.1} ms")?;
        }
    }
    writeln!(out, "edit.page_60_devices_ms {:.2} ms", time_page(rounds)?)?;
    let [typed, worst, opened] = time_typing(rounds * 10)?;
    writeln!(out, "edit.keystroke_2000_lines_ms {typed:.2} ms")?;
    writeln!(out, "edit.keystroke_2000_lines_worst_ms {worst:.2} ms")?;
    writeln!(out, "edit.open_2000_lines_ms {opened:.2} ms")?;
    Ok(())
}

fn option(name: &str) -> Option<String> {
    let arguments: Vec<String> = std::env::args().collect();
    let found = arguments.windows(2).find(|pair| pair[0] == name);
    found.map(|pair| pair[1].clone())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Sets the memory in every file, on one core. The files of `source` are repeated up to `count`.
fn time_files(berth: &Path, source: &Path, count: Option<usize>, rounds: usize) -> Outcome<f64> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(source)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "xml") {
            texts.push(std::fs::read_to_string(path)?);
        }
    }
    let folder = tempfile::tempdir()?;
    let files = folder.path().join("in");
    std::fs::create_dir(&files)?;
    for (index, text) in texts.iter().cycle().take(count.unwrap_or(texts.len())).enumerate() {
        std::fs::write(files.join(format!("{index:04}.xml")), text)?;
    }
    let mut times = Vec::new();
    for round in 0..rounds {
        let out = folder.path().join(format!("out{round}"));
        let mut command = Command::new("taskset");
        command
            .args(["-c", "0"])
            .arg(berth)
            .arg("edit")
            .arg("--dir")
            .arg(&files);
        command.arg("--out").arg(&out).args(["--set", "memory=2GiB"]);
        let began = Instant::now();
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
        let written = std::fs::read_dir(&out)?.count();
        let is_whole = status.success() && written == count.unwrap_or(written);
        // A corpus of somebody else's may have files that are no machine.
        if count.is_some() && !is_whole {
            return Err(format!("{written} files were written: {status}").into());
        }
    }
    Ok(median(times))
}

/// A machine with so many disks.
fn definition(num_disks: usize) -> String {
    let disk = |index| {
        let target = disk_name(index);
        format!(
            "    <disk type='file' device='disk'>\n      <driver name='qemu' type='qcow2' discard='unmap'/>\n      \
             <source file='/var/lib/libvirt/images/machine-{index}.qcow2'/>\n      \
             <target dev='{target}' bus='virtio'/>\n    </disk>\n"
        )
    };
    let disks: Vec<String> = (0..num_disks).map(disk).collect();
    let disks = disks.concat();
    format!(
        "<domain type='kvm'>\n  <name>machine</name>\n  <uuid>00000000-0000-4000-8000-000000000001</uuid>\n  \
         <memory unit='KiB'>4194304</memory>\n  <vcpu>4</vcpu>\n  <os>\n    \
         <type arch='x86_64' machine='q35'>hvm</type>\n  </os>\n  <devices>\n{disks}  </devices>\n</domain>\n"
    )
}

/// vda … vdz, vdaa …
fn disk_name(index: usize) -> String {
    let letter = |number: usize| char::from(b'a' + number as u8);
    match index / 26 {
        0 => format!("vd{}", letter(index)),
        more => format!("vd{}{}", letter((more - 1) % 26), letter(index % 26)),
    }
}

/// From the click on "Hardware" to the frame that shows the last of the list that fits.
fn time_page(rounds: usize) -> Outcome<f64> {
    let mut times = Vec::new();
    for _ in 0..rounds {
        let mut window = Window::new(&definition(DEVICES))?;
        window.route = window.at(MachineTab::Overview);
        for _ in 0..10 {
            window.frame(Vec::new());
        }
        window.route = window.at(MachineTab::Hardware);
        let began = Instant::now();
        // What egui only measures in its first frame is not seen yet.
        let is_shown = (0..3).any(|_| window.frame(Vec::new()).find("Disk vda").is_some());
        times.push(began.elapsed().as_secs_f64() * 1e3);
        if !is_shown {
            return Err("the devices are not in the frame".into());
        }
    }
    Ok(median(times))
}

/// The median and the longest of the key strokes, and the opening of the text.
fn time_typing(strokes: usize) -> Outcome<[f64; 3]> {
    let text = definition(LINES / 5);
    let mut window = Window::new(&text)?;
    window.route = window.at(MachineTab::Hardware);
    for _ in 0..5 {
        window.frame(Vec::new());
    }
    let entry = window.frame(Vec::new()).find("XML").ok_or("no entry for the text")?;
    let began = Instant::now();
    window.click(entry + vec2(4.0, 4.0));
    let opened = began.elapsed().as_secs_f64() * 1e3;
    let line = window.frame(Vec::new()).find(&text).ok_or("the text is not shown")?;
    window.click(line + vec2(90.0, 400.0));
    let mut times = Vec::new();
    let mut length = text.len();
    for _ in 0..strokes {
        let began = Instant::now();
        let frame = window.frame(vec![Event::Text("x".to_owned())]);
        times.push(began.elapsed().as_secs_f64() * 1e3);
        length += 1;
        if frame.longest() != length {
            return Err("the letter is not in the frame".into());
        }
        // The frames between two strokes are not waited for.
        window.frame(Vec::new());
    }
    let worst = times.iter().copied().fold(0.0, f64::max);
    Ok([median(times), worst, opened])
}

/// What a frame painted.
struct Painted(Vec<(String, Pos2)>);

impl Painted {
    fn find(&self, text: &str) -> Option<Pos2> {
        self.0.iter().find(|(painted, _)| painted == text).map(|found| found.1)
    }

    fn longest(&self) -> usize {
        self.0.iter().map(|(text, _)| text.len()).max().unwrap_or_default()
    }
}

fn texts(shape: &Shape, painted: &mut Vec<(String, Pos2)>) {
    match shape {
        Shape::Text(text) => painted.push((text.galley.text().to_owned(), text.pos)),
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| texts(shape, painted)),
        _ => {}
    }
}

/// The window with one machine, without what stands behind it.
struct Window {
    ctx: Context,
    hosts: Vec<Arc<HostModel>>,
    key: MachineKey,
    route: Route,
    answers: Answers,
    root: Root,
    settings: Settings,
    num_frames: u32,
}

impl Window {
    fn new(xml: &str) -> Outcome<Self> {
        let ctx = Context::default();
        fonts::install(&ctx, FontChoice::Bundled);
        theme::apply(&ctx, ThemeChoice::Dark, 1.0, true);
        let id: MachineId = "00000000-0000-4000-8000-000000000001".parse()?;
        let key = MachineKey {
            uri: Arc::from(URI),
            id,
        };
        let definition = DefinitionXml {
            inactive: xml.to_owned(),
            live: None,
            fingerprint: Fingerprint::of(xml),
        };
        let mut answers = Answers::default();
        answers
            .definitions
            .insert(key.clone(), Answer::Ready(Arc::new(definition)));
        let host = HostModel {
            generation: 1,
            connection: ConnectionState::Connected,
            freshness: Freshness::Live,
            machines: [Arc::new(machine(id))].into_iter().collect(),
            ..HostModel::empty(URI)
        };
        Ok(Self {
            ctx,
            hosts: vec![Arc::new(host)],
            route: Route::Machines,
            key,
            answers,
            root: Root::default(),
            settings: Settings::default(),
            num_frames: 0,
        })
    }

    fn at(&self, tab: MachineTab) -> Route {
        Route::Machine {
            key: self.key.clone(),
            tab,
        }
    }

    fn click(&mut self, pos: Pos2) {
        let button = |pressed| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.frame(vec![Event::PointerMoved(pos)]);
        self.frame(vec![button(true)]);
        self.frame(vec![button(false)]);
        self.frame(Vec::new());
    }

    /// With its triangles.
    fn frame(&mut self, events: Vec<Event>) -> Painted {
        self.num_frames += 1;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1_280.0, 800.0))),
            time: Some(f64::from(self.num_frames) / 10.0),
            events,
            ..RawInput::default()
        };
        let ctx = self.ctx.clone();
        let mut output = ctx.run_ui(input, |ui| self.ui(ui));
        // Nobody paints here.
        output.textures_delta.clear();
        let mut painted = Vec::new();
        for clipped in &output.shapes {
            texts(&clipped.shape, &mut painted);
        }
        ctx.tessellate(output.shapes, output.pixels_per_point);
        Painted(painted)
    }

    fn ui(&mut self, ui: &mut egui::Ui) {
        let commands = CommandQueue::default();
        let view = ViewContext {
            hosts: &self.hosts,
            settings: &self.settings,
            jobs: &Jobs::default(),
            activity: &Activity::default(),
            toasts: &[],
            route: &self.route,
            selection: &Selection::only(self.key.clone()),
            overlay: None,
            is_filter_wanted: false,
            answers: &self.answers,
            keyboard: &Keyboard::default(),
            displays: &berth::display::Displays::default(),
            serials: &berth::console::serial::Desk::default(),
            now_millis: NOW_MILLIS,
            commands: &commands,
        };
        self.root.ui(ui, &view);
    }
}

fn machine(id: MachineId) -> Machine {
    Machine {
        id,
        definition: Arc::new(Definition {
            vcpus: 4,
            memory_max_kib: 4 << 20,
            memory_current_kib: 4 << 20,
            is_complete: true,
            is_unreadable: false,
            num_waiting: 0,
            ..Definition::unread("machine")
        }),
        state: State::ShutOff(ShutOffReason::Shutdown),
        responding: Responding::Yes,
        started_at_millis: None,
        is_agent_connected: false,
        addresses: Arc::from([]),
        snapshots: Arc::from([]),
        stats: Arc::new(MachineStats::default()),
    }
}
