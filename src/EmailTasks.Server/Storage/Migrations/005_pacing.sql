-- Warm-up, spacing, and what stops a task whose recipients are refused.

alter table mailbox add column warm_up_start integer;
alter table mailbox add column warm_up_step integer;
alter table mailbox add column warm_up_ceiling integer;
alter table mailbox add column warm_up_since integer;
alter table mailbox add column spacing_min integer;
alter table mailbox add column spacing_max integer;
-- The next begin follows from it and begin_no: a restart, a takeover and a changed spacing all find the same instant.
alter table mailbox add column last_begin_at integer;

-- The share in parts of 10,000; null is off.
alter table account add column bounce_share integer default 1000;
alter table account add column bounce_minimum integer default 20;

-- Refused for good for reasons of the recipient: a part of failed, moved by the same delta.
alter table task_counter add column hard integer not null default 0;
-- What the guard has been forgiven: it counts from here.
alter table task add column guard_results integer not null default 0;
alter table task add column guard_hard integer not null default 0;
-- Why a task was paused by the machine, and what to do.
alter table task add column paused_reason text;
alter table task add column paused_problem text;
alter table task add column paused_fix text;
