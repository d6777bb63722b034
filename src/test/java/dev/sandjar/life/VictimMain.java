package dev.sandjar.life;

import java.io.IOException;

/** A host that is about to die: tells the story until then. Arguments: kind. Ends with 0 if it survives. */
final class VictimMain {
    private VictimMain() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        String end = Story.tell(Kind.valueOf(arguments[0]).sandbox());
        System.out.println(end);
        System.exit(Story.endsWell(end) ? 0 : 3);
    }
}
