//! Every widget of the kit on one page, in both themes.
//!
//! `cargo run --example widget_gallery [light|dark] [dialog|palette|toasts] [200]` opens it with a theme, with something
//! over the page, or with large text.

use berth::widgets::{
    Breakpoint, Button, CommandPalette, Dialog, Failure, Graph, HoverLine, MemoryShare, MenuItem, NumberField, Palette,
    PaletteEntry, PaletteTexts, Series, SeriesColor, SidebarItem, TextField, ThemeChoice, Toast, Toasts, Tone,
    badge_ui, banner_ui, card_ui, checkbox_ui, chip_ui, combo_ui, empty_ui, error_ui, facts_ui, fonts, icons,
    loading_ui, memory_bar_ui, menu_item, menu_separator, page_title_ui, pill_ui, plot, progress_ui, search_ui,
    section_ui, section_with_ui, segmented_ui, separator_ui, shortcut_ui, sidebar_header_ui, split_button_ui,
    switch_ui, tabs_ui, tag_ui, text, theme, tokens,
};
use eframe::egui;
use egui::{Id, Layout, Ui};

fn main() -> eframe::Result {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| arguments.iter().any(|argument| argument == word);
    let mut gallery = Gallery {
        choice: if has("light") {
            ThemeChoice::Light
        } else {
            ThemeChoice::Dark
        },
        is_large: has("200"),
        is_dialog_open: has("dialog"),
        wants_toasts: has("toasts"),
        ..Gallery::default()
    };
    if has("palette") {
        gallery.palette.open();
    }
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default().with_inner_size([1400.0, 1960.0]),
        ..eframe::NativeOptions::default()
    };
    eframe::run_native(
        "Berth widgets",
        options,
        Box::new(move |creation| {
            fonts::install(&creation.egui_ctx, fonts::FontChoice::System);
            gallery.apply(&creation.egui_ctx);
            Ok(Box::new(gallery))
        }),
    )
}

struct Gallery {
    choice: ThemeChoice,
    is_large: bool,
    tab: u8,
    minutes: usize,
    disk: u8,
    name: String,
    query: String,
    memory: f64,
    is_on: bool,
    is_checked: bool,
    is_dialog_open: bool,
    wants_toasts: bool,
    has_tag: bool,
    toasts: Toasts,
    palette: CommandPalette,
    hover: HoverLine,
}

impl Default for Gallery {
    fn default() -> Self {
        Self {
            choice: ThemeChoice::Dark,
            is_large: false,
            tab: 0,
            minutes: 1,
            disk: 0,
            name: "web-1".to_owned(),
            query: String::new(),
            memory: 4.0,
            is_on: true,
            is_checked: true,
            is_dialog_open: false,
            wants_toasts: false,
            has_tag: true,
            toasts: Toasts::default(),
            palette: CommandPalette::default(),
            hover: HoverLine::default(),
        }
    }
}

impl eframe::App for Gallery {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        if ui.input_mut(|input| input.consume_key(egui::Modifiers::COMMAND, egui::Key::K)) {
            self.palette.open();
        }
        if std::mem::take(&mut self.wants_toasts) {
            self.push_toasts(ui.ctx());
        }
        let palette = Palette::of(ui);
        let scale = tokens::text_scale(ui.ctx());
        let breakpoint = Breakpoint::from_width(ui.ctx().content_rect().width() / scale);
        egui::Panel::left("sidebar")
            .exact_size(breakpoint.sidebar_width() * scale)
            .resizable(false)
            .show_separator_line(false)
            .frame(egui::Frame::new().fill(palette.sidebar).inner_margin(8))
            .show(ui, |ui| sidebar_ui(ui, breakpoint.has_rail()));
        egui::CentralPanel::default()
            .frame(
                egui::Frame::new()
                    .fill(palette.window)
                    .inner_margin(breakpoint.page_margin()),
            )
            .show(ui, |ui| self.page_ui(ui));
        self.over_page(ui.ctx());
    }
}

impl Gallery {
    fn apply(&self, ctx: &egui::Context) {
        theme::apply(ctx, self.choice, if self.is_large { 2.0 } else { 1.0 }, false);
    }

    fn page_ui(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            page_title_ui(ui, "Widget gallery");
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                if Button::primary("New machine…").icon(icons::ADD).show(ui).clicked() {
                    self.is_dialog_open = true;
                }
            });
        });
        ui.horizontal_wrapped(|ui| {
            search_ui(
                ui,
                Id::unique("filter"),
                &mut self.query,
                "Filter machines",
                "Clear",
                240.0,
            );
            let choices = [(ThemeChoice::Dark, "Dark"), (ThemeChoice::Light, "Light")];
            if segmented_ui(ui, "Theme", &mut self.choice, &choices) {
                self.apply(ui.ctx());
            }
        });
        tabs_ui(
            ui,
            "Page",
            &mut self.tab,
            &[
                (0, "Overview"),
                (1, "Hardware"),
                (2, "Snapshots & backups"),
                (3, "Activity"),
            ],
        );
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 16.0;
            banner_ui(
                ui,
                Tone::Warning,
                "Software emulation, much slower: this computer does not let Berth use KVM.",
                Some("Test again"),
            );
            banner_ui(ui, Tone::Accent, "2 changes wait for a restart.", None);
            card_ui(ui, Self::buttons_ui);
            ui.spacing_mut().item_spacing.x = 16.0;
            if ui.available_width() < TWO_COLUMNS * tokens::text_scale(ui.ctx()) {
                card_ui(ui, |ui| self.form_ui(ui));
                card_ui(ui, |ui| self.states_ui(ui));
            } else {
                ui.columns_const(|[left, right]| {
                    card_ui(left, |ui| self.form_ui(ui));
                    card_ui(right, |ui| self.states_ui(ui));
                });
            }
            card_ui(ui, |ui| self.graphs_ui(ui));
            Self::feedback_ui(ui);
        });
    }

    fn buttons_ui(ui: &mut Ui) {
        section_ui(ui, "Buttons");
        ui.horizontal_wrapped(|ui| {
            Button::primary("Start").icon(icons::START).show(ui);
            Button::secondary("Shut down").icon(icons::POWER).show(ui);
            Button::ghost("Copy").icon(icons::COPY).show(ui);
            Button::danger("Delete").icon(icons::DELETE).show(ui);
            Button::secondary("Pause").denied(Some("The machine is off")).show(ui);
            Button::primary("Create").denied(Some("The name is taken")).show(ui);
            Button::link("Show the log").show(ui);
            Button::secondary("More").menu(ui, machine_menu_ui);
            split_button_ui(
                ui,
                Button::secondary("Open console"),
                "More ways to open",
                machine_menu_ui,
            );
            Button::icon_only(icons::SETTINGS, "Settings").show(ui);
            Button::icon_only(icons::MORE, "More").show(ui);
            Button::secondary("Small").icon(icons::RETRY).small().show(ui);
            shortcut_ui(ui, "Ctrl+K");
        });
    }

    fn form_ui(&mut self, ui: &mut Ui) {
        section_ui(ui, "Form");
        TextField::new("Name", &mut self.name)
            .help("Letters, digits, dots and dashes")
            .show(ui);
        let error = (self.name == "web-1").then_some("There is already a machine with this name");
        TextField::new("Name, wrong", &mut self.name).error(error).show(ui);
        ui.columns_const(|[left, right]| {
            NumberField::new("Memory", &mut self.memory, 0.5..=64.0)
                .unit("GiB")
                .help("of 15.6 GiB")
                .show(left);
            combo_ui(
                right,
                "disk",
                "Disk",
                &mut self.disk,
                &[(0, "25 GiB"), (1, "50 GiB"), (2, "100 GiB")],
            );
        });
        switch_ui(ui, &mut self.is_on, "Start with this computer");
        checkbox_ui(ui, &mut self.is_checked, "Delete web-1.qcow2 (12.4 GiB)");
        let mut never = false;
        checkbox_ui(ui, &mut never, "Do not ask again");
    }

    fn states_ui(&mut self, ui: &mut Ui) {
        section_with_ui(ui, "States and facts", |ui| {
            Button::icon_only(icons::EDIT, "Edit").small().show(ui);
        });
        ui.horizontal_wrapped(|ui| {
            pill_ui(ui, Tone::Running, icons::START, "Running");
            pill_ui(ui, Tone::Paused, icons::PAUSE, "Paused — disk full");
            pill_ui(ui, Tone::Attention, icons::ERROR, "Not responding");
            pill_ui(ui, Tone::Off, icons::STOP, "Off");
            badge_ui(ui, Tone::Warning, "Software emulation");
        });
        ui.horizontal_wrapped(|ui| {
            tag_ui(ui, "production");
            chip_ui(ui, "web", true, None);
            if self.has_tag && chip_ui(ui, "frankfurt", false, Some("Remove tag frankfurt")).is_removed {
                self.has_tag = false;
            }
        });
        separator_ui(ui);
        facts_ui(ui, "facts", |facts| {
            facts.copy_row("Address", "ssh -p 2222 user@localhost", "Copy address");
            facts.row("Memory", "4 GiB, 1.2 GiB used");
            facts.row("Disk", "web-1.qcow2, 25 GiB");
            facts.row("Uptime", "3 h 12 min");
        });
        separator_ui(ui);
        ui.horizontal(|ui| {
            ui.label(text::figure("12 %"));
            ui.label(text::secondary(ui, "CPU, 2 of 2 processors"));
        });
        let share = MemoryShare {
            used: 1.2,
            cache: 0.9,
            given: 4.0,
        };
        memory_bar_ui(
            ui,
            ui.available_width(),
            share,
            "Memory 1.2 of 4 GiB used, 0.9 GiB cache",
        );
        progress_ui(ui, ui.available_width(), Some(0.62), "Creating snapshot");
        progress_ui(ui, ui.available_width(), None, "Connecting");
    }

    fn graphs_ui(&mut self, ui: &mut Ui) {
        section_with_ui(ui, "Graphs", |ui| {
            segmented_ui(
                ui,
                "Time span",
                &mut self.minutes,
                &[(1, "1 min"), (5, "5 min"), (10, "10 min")],
            );
        });
        self.hover.begin_frame();
        let span = self.minutes * 60;
        let cpu = wave(600, 0.4, 30.0);
        let read = wave(600, 0.9, 3.0e6);
        let mut write = wave(600, 1.7, 1.0e6);
        write[560..575].fill(None);
        let ago = |samples: usize| {
            if samples == 0 {
                "now".to_owned()
            } else {
                format!("{samples} s ago")
            }
        };
        ui.spacing_mut().item_spacing.x = 24.0;
        let cpu_graph = |ui: &mut Ui, hover: &mut HoverLine| {
            let series = [Series {
                name: "CPU",
                values: &cpu,
                color: SeriesColor::First,
            }];
            Graph::new("CPU", "12 %", "CPU 12 %, peak 40 % in the last minute", &series)
                .span(span)
                .max(100.0)
                .format_value(&|value| format!("{value:.0} %"))
                .format_ago(&ago)
                .show(ui, hover);
        };
        let disk_graph = |ui: &mut Ui, hover: &mut HoverLine| {
            let series = [
                Series {
                    name: "Read",
                    values: &read,
                    color: SeriesColor::First,
                },
                Series {
                    name: "Write",
                    values: &write,
                    color: SeriesColor::Second,
                },
            ];
            Graph::new("Disk", "2.1 MB/s", "Disk reads 2.1 MB/s, writes 800 kB/s", &series)
                .span(span)
                .max(plot::round_ceiling(6.0e6, 1.0e6, false))
                .format_value(&|value| format!("{:.1} MB/s", value / 1.0e6))
                .format_ago(&ago)
                .show(ui, hover);
        };
        if ui.available_width() < TWO_COLUMNS * tokens::text_scale(ui.ctx()) {
            cpu_graph(ui, &mut self.hover);
            disk_graph(ui, &mut self.hover);
        } else {
            ui.columns_const(|[left, right]| {
                cpu_graph(left, &mut self.hover);
                disk_graph(right, &mut self.hover);
            });
        }
    }

    fn feedback_ui(ui: &mut Ui) {
        if ui.available_width() < 1.2 * TWO_COLUMNS * tokens::text_scale(ui.ctx()) {
            failure_ui(ui);
            card_ui(ui, nothing_ui);
            card_ui(ui, waiting_ui);
        } else {
            ui.columns_const(|[left, middle, right]| {
                failure_ui(left);
                card_ui(middle, nothing_ui);
                card_ui(right, waiting_ui);
            });
        }
    }

    fn push_toasts(&mut self, ctx: &egui::Context) {
        let toast = |tone, title: &str, detail: &str, action: Option<&str>| Toast {
            tone,
            title: title.to_owned(),
            detail: detail.to_owned(),
            action: action.map(str::to_owned),
        };
        self.toasts.push(
            ctx,
            toast(
                Tone::Running,
                "Snapshot of web-1 created",
                "before-upgrade, 1.2 GiB",
                None,
            ),
        );
        self.toasts.push(
            ctx,
            toast(
                Tone::Attention,
                "web-2 did not start",
                "The disk is missing.",
                Some("Show"),
            ),
        );
    }

    fn over_page(&mut self, ctx: &egui::Context) {
        if self.is_dialog_open {
            let shown = Dialog::new(Id::unique("new machine"), "New machine", "Close").show(
                ctx,
                |ui| {
                    TextField::new("Name", &mut self.name).show(ui);
                    ui.label(text::quiet(ui, "4 GiB memory, 2 CPUs, 25 GiB disk"));
                    switch_ui(ui, &mut self.is_on, "Start it when it is created");
                },
                |ui| {
                    let is_done = Button::primary("Create and start").show(ui).clicked();
                    Button::ghost("Cancel").show(ui).clicked() || is_done
                },
            );
            self.is_dialog_open = !(shown.is_closed || shown.footer);
        }
        let texts = PaletteTexts {
            name: "Search commands and machines",
            nothing: "Nothing matches",
        };
        self.palette.show(ctx, texts, |query| {
            [
                (icons::START, "Start", "web-1", ""),
                (icons::PAUSE, "Pause", "web-1", "Ctrl+P"),
                (icons::SETTINGS, "Settings", "", "Ctrl+,"),
            ]
            .into_iter()
            .filter(|(_, text, ..)| text.to_lowercase().contains(&query.to_lowercase()))
            .map(|(icon, text, hint, shortcut)| PaletteEntry {
                icon: Some(icon),
                text: text.into(),
                hint: hint.into(),
                shortcut: shortcut.into(),
                denied: None,
            })
            .collect()
        });
        self.toasts.show(ctx, 0.0, "Dismiss");
    }
}

/// Narrower pages stack what else stands side by side.
const TWO_COLUMNS: f32 = 640.0;

fn failure_ui(ui: &mut Ui) {
    let failure = Failure {
        what: "web-1 did not start",
        words: "internal error: process exited while connecting to monitor: Could not open 'disk.qcow2'",
        advice: "The disk is missing. Choose another one, or delete the machine.",
    };
    error_ui(ui, &failure, |ui| {
        Button::secondary("Choose a disk…").show(ui);
        Button::ghost("Copy details").show(ui);
    });
}

fn nothing_ui(ui: &mut Ui) {
    ui.set_height(200.0 * tokens::text_scale(ui.ctx()));
    empty_ui(
        ui,
        icons::MACHINE,
        "No machines yet",
        "A machine is a computer inside this one.",
        |ui| {
            Button::secondary("Try a sample machine").show(ui);
        },
    );
}

fn waiting_ui(ui: &mut Ui) {
    ui.set_height(200.0 * tokens::text_scale(ui.ctx()));
    loading_ui(ui, "Preparing virtualisation", "First time only.");
}

fn sidebar_ui(ui: &mut Ui, is_rail: bool) {
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.add(
        SidebarItem::new(icons::MACHINE, "All machines")
            .count(24)
            .selected(true)
            .rail(is_rail),
    );
    ui.add(SidebarItem::new(icons::START, "Running").count(6).rail(is_rail));
    ui.add(
        SidebarItem::new(icons::ATTENTION, "Needs attention")
            .count(1)
            .count_tone(Tone::Attention)
            .rail(is_rail),
    );
    if !is_rail {
        sidebar_header_ui(ui, "Hosts");
    }
    ui.add(
        SidebarItem::new(icons::COMPUTER, "This computer")
            .note("CPU 12 %, memory 40 %")
            .status(Tone::Running)
            .rail(is_rail),
    );
    ui.add(
        SidebarItem::new(icons::HOST, "lab")
            .note("Refused, trying again in 8 s")
            .status(Tone::Off)
            .rail(is_rail),
    );
    if !is_rail {
        sidebar_header_ui(ui, "Tags");
    }
    ui.add(SidebarItem::new(icons::TAG, "production").count(4).rail(is_rail));
    ui.add(
        SidebarItem::new(icons::TAG, "a-rather-long-tag-that-is-cut")
            .count(2)
            .rail(is_rail),
    );
}

fn machine_menu_ui(ui: &mut Ui) {
    let item = |icon, text: &'static str, shortcut: &'static str| MenuItem {
        icon: Some(icon),
        text: text.into(),
        shortcut: shortcut.into(),
        ..MenuItem::default()
    };
    menu_item(ui, &item(icons::RESTART, "Restart", "Ctrl+R"));
    menu_item(
        ui,
        &MenuItem {
            denied: Some("The machine is off".into()),
            ..item(icons::PAUSE, "Pause", "")
        },
    );
    menu_separator(ui);
    menu_item(
        ui,
        &MenuItem {
            is_destructive: true,
            ..item(icons::DELETE, "Delete…", "")
        },
    );
}

fn wave(num: u16, speed: f32, height: f32) -> Vec<Option<f32>> {
    (0..num)
        .map(|step| {
            let at = f32::from(step) * speed;
            Some(height * (0.5 + 0.3 * (at * 0.37).sin() + 0.2 * (at * 1.9).sin()))
        })
        .collect()
}
