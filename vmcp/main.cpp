// Entry point of the vmcp program.
int main() { return 0; }
