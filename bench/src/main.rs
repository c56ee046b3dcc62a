//! Times frames of the whole window with 1,000 machines, without a display: `berth-bench [--frames 300]`.
//!
//! A frame is what the program computes before anything is painted: input, every widget's `ui()`, layout. Once with
//! nothing new, as when the pointer moves, and once with a new model each frame, as when samples arrive. Then the same
//! with 20 machines as cards.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use berth::context::{CommandQueue, ViewContext};
use berth::jobs::Jobs;
use berth::keyboard::Keyboard;
use berth::notifications::Activity;
use berth::route::{MachineKey, Route};
use berth::screens::Root;
use berth::settings::{Listing, Settings};
use berth::state::{Answers, Picture, Selection};
use berth::widgets::fonts::{self, FontChoice};
use berth::widgets::{ThemeChoice, theme};
use egui::{Context, Pos2, RawInput, Rect, Shape, vec2};
use libvirt_backend::model::{
    ConnectionState, Definition, Freshness, History, HostModel, Machine, MachineId, MachineStats, Responding, Sample,
    ShutOffReason, State,
};

const URI: &str = "qemu:///session";
const MACHINES: u32 = 1_000;
/// One in so many runs.
const RUNNING: u32 = 20;
const NOW_MILLIS: i64 = 1_795_262_400_000;
/// Machines shown as cards.
const CARDS: u32 = 20;
const WARM_UP: usize = 30;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let frames = frames();
    let still = time_frames(frames, Shown::Table, false)?;
    let moving = time_frames(frames, Shown::Table, true)?;
    let cards = time_frames(frames, Shown::Cards, true)?;
    let mut out = std::io::stdout();
    writeln!(out, "frame.still.ui {:.4} ms", still.ui)?;
    writeln!(out, "frame.still.tessellate {:.4} ms", still.tessellate)?;
    writeln!(out, "frame.new_model.ui {:.4} ms", moving.ui)?;
    writeln!(out, "frame.new_model.tessellate {:.4} ms", moving.tessellate)?;
    writeln!(out, "frame.cards.ui {:.4} ms", cards.ui)?;
    writeln!(out, "frame.cards.tessellate {:.4} ms", cards.tessellate)?;
    Ok(())
}

fn frames() -> usize {
    let arguments: Vec<String> = std::env::args().collect();
    let wanted = arguments.windows(2).find(|pair| pair[0] == "--frames");
    wanted.and_then(|pair| pair[1].parse().ok()).unwrap_or(300)
}

/// Medians in milliseconds.
struct Cost {
    ui: f64,
    /// From shapes to triangles: not part of `ui()`, paid for in each frame that is drawn all the same.
    tessellate: f64,
}

fn time_frames(frames: usize, shown: Shown, is_model_new: bool) -> Result<Cost, Box<dyn std::error::Error>> {
    let ctx = Context::default();
    fonts::install(&ctx, FontChoice::Bundled);
    theme::apply(&ctx, ThemeChoice::Dark, 1.0, true);
    let mut window = Window::new(shown)?;
    if shown == Shown::Cards {
        window.take_pictures(&ctx);
    }
    let (mut uis, mut tessellates) = (Vec::new(), Vec::new());
    for frame in 0..WARM_UP + frames {
        if is_model_new {
            window.publish();
        }
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, shown.size())),
            time: Some(frame as f64 / 60.0),
            ..RawInput::default()
        };
        let started = Instant::now();
        let mut output = ctx.run_ui(input, |ui| window.ui(ui));
        let ui = started.elapsed();
        // Nobody paints here.
        output.textures_delta.clear();
        let is_drawn = frame < WARM_UP || output.shapes.iter().any(|clipped| names_first_machine(&clipped.shape));
        if !is_drawn {
            return Err("the machines are not in the frame".into());
        }
        let started = Instant::now();
        ctx.tessellate(output.shapes, output.pixels_per_point);
        let tessellate = started.elapsed();
        if frame >= WARM_UP {
            uis.push(ui.as_secs_f64() * 1e3);
            tessellates.push(tessellate.as_secs_f64() * 1e3);
        }
    }
    Ok(Cost {
        ui: median(uis),
        tessellate: median(tessellates),
    })
}

/// What the frames show.
#[derive(Clone, Copy, PartialEq)]
enum Shown {
    /// 1,000 machines in a window of the usual size.
    Table,
    /// 20 that run, all of them in sight, each with its picture.
    Cards,
}

impl Shown {
    fn size(self) -> egui::Vec2 {
        match self {
            Self::Table => vec2(1_280.0, 800.0),
            Self::Cards => vec2(2_560.0, 1_440.0),
        }
    }
}

fn names_first_machine(shape: &Shape) -> bool {
    match shape {
        Shape::Text(text) => text.galley.text() == "machine-0000",
        Shape::Vec(shapes) => shapes.iter().any(names_first_machine),
        _ => false,
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The window without what stands behind it.
struct Window {
    hosts: Vec<Arc<HostModel>>,
    settings: Settings,
    jobs: Jobs,
    activity: Activity,
    selection: Selection,
    answers: Answers,
    keyboard: Keyboard,
    displays: berth::display::Displays,
    serials: berth::console::serial::Desk,
    root: Root,
}

impl Window {
    fn new(shown: Shown) -> Result<Self, Box<dyn std::error::Error>> {
        let numbers: Vec<u32> = match shown {
            Shown::Table => (0..MACHINES).collect(),
            Shown::Cards => (0..CARDS).map(|number| number * RUNNING).collect(),
        };
        let machines = numbers.into_iter().map(machine).collect::<Result<Vec<_>, _>>()?;
        let selected = machines.first().ok_or("no machines")?.id;
        let host = HostModel {
            generation: 1,
            connection: ConnectionState::Connected,
            freshness: Freshness::Live,
            machines: machines.into_iter().map(Arc::new).collect(),
            ..HostModel::empty(URI)
        };
        Ok(Self {
            hosts: vec![Arc::new(host)],
            settings: Settings {
                listing: match shown {
                    Shown::Table => Listing::Table,
                    Shown::Cards => Listing::Cards,
                },
                is_inspector_open: shown == Shown::Table,
                ..Settings::default()
            },
            jobs: Jobs::default(),
            activity: Activity::default(),
            selection: Selection::only(MachineKey {
                uri: Arc::from(URI),
                id: selected,
            }),
            answers: Answers::default(),
            keyboard: Keyboard::default(),
            displays: berth::display::Displays::default(),
            serials: berth::console::serial::Desk::default(),
            root: Root::default(),
        })
    }

    fn take_pictures(&mut self, ctx: &Context) {
        for host in &self.hosts {
            for machine in host.machines.iter() {
                let image = egui::ColorImage::filled([320, 200], egui::Color32::GRAY);
                let picture = Picture {
                    texture: Some(ctx.load_texture("screen", image, egui::TextureOptions::LINEAR)),
                    screen: [1_280, 800],
                    ..Picture::default()
                };
                let key = MachineKey {
                    uri: Arc::from(URI),
                    id: machine.id,
                };
                self.answers.pictures.insert(key, picture);
            }
        }
    }

    /// A sample for every machine that runs, as each second brings.
    fn publish(&mut self) {
        for host in &mut self.hosts {
            let model = Arc::make_mut(host);
            model.generation += 1;
            let time = i64::try_from(model.generation).unwrap_or_default();
            model.machines = model.machines.iter().map(|machine| sampled(machine, time)).collect();
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui) {
        let commands = CommandQueue::default();
        let view = ViewContext {
            hosts: &self.hosts,
            settings: &self.settings,
            jobs: &self.jobs,
            activity: &self.activity,
            toasts: &[],
            route: &Route::Machines,
            selection: &self.selection,
            overlay: None,
            is_filter_wanted: false,
            answers: &self.answers,
            keyboard: &self.keyboard,
            displays: &self.displays,
            serials: &self.serials,
            now_millis: NOW_MILLIS,
            commands: &commands,
        };
        self.root.ui(ui, &view);
    }
}

/// Every machine is complete and every twentieth runs, with ten minutes of figures.
fn machine(number: u32) -> Result<Machine, Box<dyn std::error::Error>> {
    let id: MachineId = format!("00000000-0000-4000-8000-{number:012}").parse()?;
    let is_running = number.is_multiple_of(RUNNING);
    let mut stats = MachineStats::default();
    for second in (0..600).filter(|_| is_running) {
        stats.history.push(sample(number, second));
    }
    stats.latest = stats.history.iter().last().copied();
    Ok(Machine {
        id,
        definition: Arc::new(Definition {
            vcpus: 2,
            memory_max_kib: 4 << 20,
            memory_current_kib: 4 << 20,
            architecture: "x86_64".to_owned(),
            machine_type: "pc-q35-10.0".to_owned(),
            tags: vec![format!("group-{}", number % 7)],
            is_complete: true,
            is_unreadable: false,
            num_waiting: 0,
            ..Definition::unread(&format!("machine-{number:04}"))
        }),
        state: if is_running {
            State::Running
        } else {
            State::ShutOff(ShutOffReason::Shutdown)
        },
        responding: Responding::Yes,
        started_at_millis: is_running.then_some(NOW_MILLIS - 3_600_000),
        is_agent_connected: false,
        addresses: Arc::from([]),
        snapshots: Arc::from([]),
        stats: Arc::new(stats),
    })
}

fn sampled(machine: &Arc<Machine>, time: i64) -> Arc<Machine> {
    if machine.state != State::Running {
        return Arc::clone(machine);
    }
    let latest = sample(0, time);
    let mut history: History = machine.stats.history.clone();
    history.push(latest);
    Arc::new(Machine {
        stats: Arc::new(MachineStats {
            latest: Some(latest),
            history,
            net_gap: None,
            ..MachineStats::default()
        }),
        ..Machine::clone(machine)
    })
}

fn sample(seed: u32, second: i64) -> Sample {
    let phase = (second as f32 / 17.0 + seed as f32).sin().abs();
    Sample {
        time_millis: NOW_MILLIS - 600_000 + second * 1_000,
        cpu_percent: Some(phase * 80.0),
        memory_used_bytes: Some((1 << 30) + (f64::from(phase) * 4e8) as u64),
        memory_given_bytes: Some(4 << 30),
        disk_write_bytes_per_s: Some(f64::from(phase) * 2e6),
        ..Sample::default()
    }
}
