/* A reverse-mode autograd engine, and the loop that answers valuecheck's questions about it.
 * cc -O1 -o engine engine.c -lm, then valuecheck "command:./engine" */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { double data, grad, partial[2]; int operand[2]; } Value;  /* operand -1: none */
static Value *tape;
static int size, room;

static int node(double data, int a, double da, int b, double db) {
    if (size == room) tape = realloc(tape, (room = 2 * room + 64) * sizeof *tape);
    tape[size] = (Value){data, 0.0, {da, db}, {a, b}};
    return size++;
}

/* Nodes are in the order of building, so every use of one stands after it. */
static void backward(int output) {
    for (int i = 0; i < size; i++) if (tape[i].operand[0] >= 0) tape[i].grad = 0.0;
    tape[output].grad += 1.0;
    for (int i = output; i >= 0; i--)
        for (int k = 0; k < 2; k++)
            if (tape[i].operand[k] >= 0)
                tape[tape[i].operand[k]].grad += tape[i].partial[k] * tape[i].grad;
}

static int apply(const char *symbol, int i, int j) {
    double x = tape[i].data, y = j >= 0 ? tape[j].data : 0.0, z;
    if (!strcmp(symbol, "+")) return node(x + y, i, 1.0, j, 1.0);
    if (!strcmp(symbol, "-")) return node(x - y, i, 1.0, j, -1.0);
    if (!strcmp(symbol, "*")) return node(x * y, i, y, j, x);
    if (!strcmp(symbol, "/")) return node(x / y, i, 1.0 / y, j, -x / y / y);
    if (!strcmp(symbol, "**")) return node(pow(x, y), i, y ? y * pow(x, y - 1.0) : 0.0, -1, 0.0);
    if (!strcmp(symbol, "neg")) return node(-x, i, -1.0, -1, 0.0);
    if (!strcmp(symbol, "exp")) { z = exp(x); return node(z, i, z, -1, 0.0); }
    if (!strcmp(symbol, "log")) return node(log(x), i, 1.0 / x, -1, 0.0);
    if (!strcmp(symbol, "tanh")) { z = tanh(x); return node(z, i, 1.0 - z * z, -1, 0.0); }
    return node(x > 0.0 ? x : 0.0 * x, i, x > 0.0, -1, 0.0);  /* relu */
}

/* Reading JSON, as far as a question needs it: p stands at the next character. */
static char *p;
static int is(char c) { p += strspn(p, " ,:\r\n"); return *p == c && ++p; }
static const char *string(void) {
    static char text[32];
    sscanf(p + 1, "%31[^\"]", text);
    p += strlen(text) + 2;
    return text;
}
static double number(void) {
    is(0);
    return *p == '"' ? strtod(string(), NULL) : strtod(p, &p);  /* strtod knows "inf" and "nan" */
}
static int operand(void) {
    if (!is('{')) return (int)number();
    is('"'); p += strlen("constant\"");
    int leaf = node(number(), -1, 0.0, -1, 0.0);
    is('}');
    return leaf;
}
static void show(double x) {
    if (isfinite(x)) printf("%.17g", x);
    else printf(isnan(x) ? "\"nan\"" : x > 0 ? "\"inf\"" : "\"-inf\"");
}

static int named[1 << 20], names;  /* the judge's numbers: a constant has none of its own */
static void step(void) {
    char symbol[32];
    strcpy(symbol, string());
    int operands[2] = {-1, -1};
    for (int k = 0; !is(']'); k++) {
        int constant = (is(0), *p == '{'), found = operand();
        operands[k] = constant ? found : named[found];
    }
    named[names++] = apply(symbol, operands[0], operands[1]);
}
static void read_all(void) {
    for (int grad = 0; grad < 2; grad++) {
        printf(grad ? "], \"grad\": [" : "{\"data\": [");
        for (int i = 0; i < names; i++) {
            if (i) printf(", ");
            show(grad ? tape[named[i]].grad : tape[named[i]].data);
        }
    }
    printf("]}");
}
static void answer(void) {  /* {"id": 1, "leaves": [...], "steps": [...], "then": [...]} */
    size = names = 0;
    p = strchr(p, ':') + 1;
    printf("{\"id\": %d, \"got\": [", (int)number());
    p = strchr(p, '[') + 1;
    while (!is(']')) named[names++] = node(number(), -1, 0.0, -1, 0.0);
    p = strchr(p, '[') + 1;
    while (!is(']')) { is('['); is(0); step(); }
    p = strchr(p, '[') + 1;
    const char *unknown = NULL;
    for (int i = 0, seen = 0; !is(']'); i++) {
        is('['); is(0);
        const char *what = string();
        if (!strcmp(what, "backward")) { backward(named[(int)number()]); is(']'); }
        else if (!strcmp(what, "read")) { if (seen++) printf(", "); read_all(); is(']'); }
        else if (!strcmp(what, "leaf")) { named[names++] = node(number(), -1, 0.0, -1, 0.0); is(']'); }
        else if (!strcmp(what, "step")) { is(0); step(); }
        else if (!strcmp(what, "set")) {
            is(0);
            int data = !strcmp(string(), "data"), i = named[(int)number()];
            *(data ? &tape[i].data : &tape[i].grad) = number();
            is(']');
        } else {
            printf("], \"error\": {\"at\": [\"then\", %d], \"type\": \"unknown\"}}", i);
            unknown = what;
            break;
        }
    }
    if (unknown) { int depth = 1; while (depth) { depth += *p == '['; depth -= *p == ']'; p++; } p = strchr(p, ']') + 1; }
    else printf("]}");
    is('}');
}

int main(void) {
    puts("{\"valuecheck\": 1, \"name\": \"engine.c\", \"exponents\": \"any\", \"primitives\": {"
         "\"+\": [\"left\", \"right\"], \"-\": [\"left\", \"right\"], \"*\": [\"left\", \"right\"], "
         "\"/\": [\"left\", \"right\"], \"**\": [\"right\"], \"neg\": [], \"exp\": [], \"log\": [], "
         "\"tanh\": [], \"relu\": []}}");
    fflush(stdout);
    char *line = NULL;
    size_t length = 0;
    while (getline(&line, &length, stdin) > 0) {
        p = line;
        int list = is('[');
        if (list) printf("[");
        for (int i = 0; is('{'); i++) { if (i) printf(", "); answer(); }
        puts(list ? "]" : "");
        fflush(stdout);
    }
}
