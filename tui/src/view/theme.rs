//! How things look. Colours only repeat what words, marks and places already say.
//!
//! The one place with colours: each theme is a row of [`Palette`], each look goes by a role.

use crate::model::Colours;
use crate::model::transcript::Role;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

/// A theme's colours by what they are for.
#[derive(Clone, Copy, Debug)]
struct Palette {
    /// What everything stands on; [`Color::Reset`] for the terminal's own.
    ground: Color,
    /// Plain words.
    plain: Color,
    /// Small print.
    quiet: Color,
    /// Keys, the selection, the frame of the pane that has the keys, what is new.
    accent: Color,
    /// Somebody waits; a sentence that goes away; a note.
    warm: Color,
    /// Something is fine.
    good: Color,
    /// Something wants a decision.
    bad: Color,
    /// What we wrote.
    ours: Color,
}

/// Colours of the fixed part of the 256: the sixteen before them are whatever the terminal's own
/// theme makes of them, and several themes give the dark grey the colour of the background.
const DARK: Palette = Palette {
    ground: Color::Reset,
    plain: Color::Reset,
    quiet: Color::Indexed(247),
    accent: Color::Indexed(80),
    warm: Color::Indexed(221),
    good: Color::Indexed(114),
    bad: Color::Indexed(210),
    ours: Color::Indexed(117),
};

const LIGHT: Palette = Palette {
    ground: Color::Reset,
    plain: Color::Reset,
    quiet: Color::Indexed(240),
    accent: Color::Indexed(24),
    warm: Color::Indexed(94),
    good: Color::Indexed(22),
    bad: Color::Indexed(124),
    ours: Color::Indexed(25),
};

const HIGH_CONTRAST: Palette = Palette {
    ground: Color::Indexed(16),
    plain: Color::Indexed(231),
    quiet: Color::Indexed(252),
    accent: Color::Indexed(87),
    warm: Color::Indexed(226),
    good: Color::Indexed(120),
    bad: Color::Indexed(217),
    ours: Color::Indexed(159),
};

const SIXTEEN: Palette = Palette {
    ground: Color::Reset,
    plain: Color::Reset,
    quiet: Color::Reset,
    accent: Color::Cyan,
    warm: Color::Yellow,
    good: Color::Green,
    bad: Color::LightRed,
    ours: Color::LightBlue,
};

const NONE: Palette = Palette {
    ground: Color::Reset,
    plain: Color::Reset,
    quiet: Color::Reset,
    accent: Color::Reset,
    warm: Color::Reset,
    good: Color::Reset,
    bad: Color::Reset,
    ours: Color::Reset,
};

/// The looks of everything that is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Theme {
    palette: Palette,
}

impl Theme {
    /// The theme for what the terminal may show.
    pub(super) const fn new(colours: Colours) -> Self {
        let palette = match colours {
            Colours::Dark => DARK,
            Colours::Light => LIGHT,
            Colours::HighContrast => HIGH_CONTRAST,
            Colours::Sixteen => SIXTEEN,
            Colours::None => NONE,
        };
        Self { palette }
    }

    /// What is neither loud nor quiet.
    pub(super) fn plain(self) -> Style {
        Style::new()
    }

    /// Small print.
    pub(super) fn quiet(self) -> Style {
        front(self.palette.quiet)
    }

    /// What should catch the eye.
    pub(super) fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Keys in hints and help.
    pub(super) fn key(self) -> Style {
        front(self.palette.accent).add_modifier(Modifier::BOLD)
    }

    /// The frame of the pane that has the keys, and of the others.
    pub(super) fn frame(self, focused: bool) -> Style {
        if focused {
            front(self.palette.accent)
        } else {
            self.quiet()
        }
    }

    /// The bar beside the selected row.
    pub(super) fn selection(self) -> Style {
        front(self.palette.accent).add_modifier(Modifier::BOLD)
    }

    /// How long somebody waits.
    pub(super) fn waiting(self) -> Style {
        front(self.palette.warm)
    }

    /// Something is fine.
    pub(super) fn good(self) -> Style {
        front(self.palette.good)
    }

    /// Something wants a decision.
    pub(super) fn bad(self) -> Style {
        front(self.palette.bad).add_modifier(Modifier::BOLD)
    }

    /// A misspelt word, in a text that looks like `base`.
    pub(super) fn misspelt(self, base: Style) -> Style {
        base.patch(front(self.palette.bad))
            .add_modifier(Modifier::UNDERLINED)
    }

    /// A bar across the screen: header and status.
    pub(super) fn bar(self) -> Style {
        Style::new()
    }

    /// A sentence that goes away by itself.
    pub(super) fn notice(self) -> Style {
        front(self.palette.warm).add_modifier(Modifier::BOLD)
    }

    /// A piece of the chat.
    pub(super) fn role(self, role: Role) -> Style {
        match role {
            Role::Theirs => self.plain(),
            Role::Ours => front(self.palette.ours),
            Role::Pending => self.quiet().add_modifier(Modifier::ITALIC),
            Role::Quiet | Role::Day => self.quiet(),
            Role::Good => self.good(),
            Role::Bad => self.bad(),
            Role::Note => front(self.palette.warm),
            Role::New => front(self.palette.accent),
            // Told by more than its colour.
            Role::Hit => self.strong().add_modifier(Modifier::REVERSED),
        }
    }

    /// Puts the ground under everything that was drawn, where the theme has one of its own.
    pub(super) fn lay_ground(self, buffer: &mut Buffer) {
        if self.palette.ground == Color::Reset {
            return;
        }
        for cell in &mut buffer.content {
            if cell.bg == Color::Reset {
                cell.bg = self.palette.ground;
            }
            if cell.fg == Color::Reset {
                cell.fg = self.palette.plain;
            }
        }
    }
}

/// No colour leaves the cell as it is.
fn front(colour: Color) -> Style {
    match colour {
        Color::Reset => Style::new(),
        colour => Style::new().fg(colour),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Rgb = (u8, u8, u8);

    /// The fixed part of the 256: a cube of six steps, then greys.
    fn rgb(colour: Color) -> Rgb {
        let Color::Indexed(n @ 16..) = colour else {
            panic!("{colour:?} is whatever the terminal makes of it");
        };
        if n >= 232 {
            let grey = 8 + 10 * (n - 232);
            return (grey, grey, grey);
        }
        let step = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
        let n = n - 16;
        (step(n / 36), step(n / 6 % 6), step(n % 6))
    }

    /// Relative luminance as WCAG 2 defines it.
    fn luminance((r, g, b): Rgb) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    fn contrast(a: Rgb, b: Rgb) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn check(palette: Palette, grounds: &[Rgb], least: f64) {
        let Palette {
            ground: _,
            plain,
            quiet,
            accent,
            warm,
            good,
            bad,
            ours,
        } = palette;
        let of_ours = [plain, quiet, accent, warm, good, bad, ours];
        for colour in of_ours.into_iter().filter(|c| *c != Color::Reset) {
            for ground in grounds {
                let ratio = contrast(rgb(colour), *ground);
                assert!(ratio >= least, "{colour:?} on {ground:?}: {ratio:.2}");
            }
        }
    }

    #[test]
    fn black_on_white_has_the_contrast_that_the_definition_says() {
        assert!((contrast((0, 0, 0), (255, 255, 255)) - 21.0).abs() < 0.01);
        assert_eq!(rgb(Color::Indexed(231)), (255, 255, 255));
        assert_eq!(rgb(Color::Indexed(80)), (95, 215, 215));
    }

    #[test]
    fn words_can_be_read_on_the_usual_backgrounds_of_each_theme() {
        // Black, VS Code, One Dark.
        check(DARK, &[(0, 0, 0), (30, 30, 30), (40, 44, 52)], 4.5);
        // White, Solarized, a light grey.
        check(
            LIGHT,
            &[(255, 255, 255), (253, 246, 227), (238, 238, 238)],
            4.5,
        );
        check(HIGH_CONTRAST, &[rgb(HIGH_CONTRAST.ground)], 7.0);
    }

    #[test]
    fn a_theme_with_a_ground_of_its_own_puts_it_under_everything_and_keeps_colours() {
        let theme = Theme::new(Colours::HighContrast);
        let mut buffer = Buffer::with_lines(["ab c"]);
        buffer[(1, 0)].set_style(theme.good());
        theme.lay_ground(&mut buffer);
        let fronts = buffer.content().iter().map(|cell| cell.fg);
        let (plain, good) = (HIGH_CONTRAST.plain, HIGH_CONTRAST.good);
        assert_eq!(fronts.collect::<Vec<_>>(), [plain, good, plain, plain]);
        let grounded = |cell: &ratatui::buffer::Cell| cell.bg == HIGH_CONTRAST.ground;
        assert!(buffer.content().iter().all(grounded));
        let mut untouched = Buffer::with_lines(["ab c"]);
        Theme::new(Colours::Dark).lay_ground(&mut untouched);
        assert_eq!(untouched, Buffer::with_lines(["ab c"]));
    }

    #[test]
    fn no_other_view_knows_a_colour() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/view");
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() || path.ends_with("theme.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains("Color"), "{}", path.display());
        }
    }
}
