-- Somebody keeps a table of their own in the database that the gate is given.
CREATE TABLE guest (id INTEGER PRIMARY KEY, word TEXT);
INSERT INTO guest VALUES (1, 'stays');
