-- Which operator's key is the configuration's: a changed server.operator_key takes the place of the former one.

alter table keys add column configured boolean not null default false;
update keys set configured = true where role = 0 and name = 'operator key of the configuration';
