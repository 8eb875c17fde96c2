-- Which of the events of its types an endpoint wants, as its owner wrote it: numbers keep all their digits.
alter table endpoints
    add column filter text,
    add check (filter is null or filter::json is not null);
