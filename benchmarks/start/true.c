/* The least that a program can do: what remains is the price of starting it. */
int main(void) {
    return 0;
}
