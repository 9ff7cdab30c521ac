-- Why somebody asked for attention, in their words.
ALTER TABLE conversation ADD COLUMN flag_reason TEXT;
