-- Why in both languages, and why a level changed. What was written before says the same in both.
ALTER TABLE evidence ADD COLUMN because_ko TEXT NOT NULL DEFAULT '';
ALTER TABLE evidence ADD COLUMN ended_because_ko TEXT;
ALTER TABLE transition ADD COLUMN because TEXT;
ALTER TABLE transition ADD COLUMN because_ko TEXT;
