//! How things look. Colours only repeat what words, marks and places already say.

use crate::model::Colours;
use crate::model::transcript::Role;
use ratatui::style::{Color, Modifier, Style};

/// The looks of everything that is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Theme {
    colours: Colours,
}

impl Theme {
    /// The theme for what the terminal may show.
    pub(super) const fn new(colours: Colours) -> Self {
        Self { colours }
    }

    fn colour(self, colour: Color) -> Style {
        match self.colours {
            Colours::Dark => Style::new().fg(colour),
            Colours::None => Style::new(),
        }
    }

    /// What is neither loud nor quiet.
    pub(super) fn plain(self) -> Style {
        Style::new()
    }

    /// Small print. A grey of the fixed palette: several themes give the terminal's own dark grey
    /// the colour of the background. Without colours it stays as it is, for the same reason.
    pub(super) fn quiet(self) -> Style {
        self.colour(Color::Indexed(246))
    }

    /// What should catch the eye.
    pub(super) fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Keys in hints and help.
    pub(super) fn key(self) -> Style {
        self.colour(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    /// The frame of the pane that has the keys, and of the others.
    pub(super) fn frame(self, focused: bool) -> Style {
        if focused {
            self.colour(Color::Cyan)
        } else {
            self.quiet()
        }
    }

    /// The bar beside the selected row.
    pub(super) fn selection(self) -> Style {
        self.colour(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    /// How long somebody waits.
    pub(super) fn waiting(self) -> Style {
        self.colour(Color::Yellow)
    }

    /// Something is fine.
    pub(super) fn good(self) -> Style {
        self.colour(Color::Green)
    }

    /// Something wants a decision.
    pub(super) fn bad(self) -> Style {
        self.colour(Color::LightRed).add_modifier(Modifier::BOLD)
    }

    /// A bar across the screen: header and status.
    pub(super) fn bar(self) -> Style {
        Style::new()
    }

    /// A sentence that goes away by itself.
    pub(super) fn notice(self) -> Style {
        self.colour(Color::Yellow).add_modifier(Modifier::BOLD)
    }

    /// A piece of the chat.
    pub(super) fn role(self, role: Role) -> Style {
        match role {
            Role::Theirs => self.plain(),
            Role::Ours => self.colour(Color::LightBlue),
            Role::Pending => self.quiet().add_modifier(Modifier::ITALIC),
            Role::Quiet => self.quiet(),
            Role::Good => self.good(),
            Role::Bad => self.bad(),
            Role::Note => self.colour(Color::Yellow),
            Role::Day => self.quiet(),
            Role::New => self.colour(Color::Cyan),
        }
    }
}
