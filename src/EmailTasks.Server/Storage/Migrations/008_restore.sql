-- Whether mail of this task may have left that the database does not know of: 0 no, 1 until somebody accepts it, 2 accepted and
-- being swept. A task in doubt begins nobody.
alter table task add column doubt integer not null default 0;
create index task_doubt on task (doubt) where doubt <> 0;
