// Deaf to polite signals, as a thread that waits for a driver is.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => {});
setInterval(() => {}, 1000);
