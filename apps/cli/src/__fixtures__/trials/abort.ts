process.stderr.write("\u001B[1;31mterminate called after throwing an instance of 'Driver'\u001B[m\n  what():  device lost\n");
process.abort();
