# Completes the words of: sandjar COMMAND ..., an alias or function for java -jar sandjar-VERSION-cli.jar.
_sandjar() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} i
    for ((i = 2; i < COMP_CWORD; i++)); do
        if [[ ${COMP_WORDS[i]} == -- ]]; then
            if ((i + 1 == COMP_CWORD)); then
                mapfile -t COMPREPLY < <(compgen -c -- "$word")
            else
                mapfile -t COMPREPLY < <(compgen -f -- "$word")
            fi
            return
        fi
    done
    if [[ $before == --policy || $before == --profile || $before == --plan || $before == --command || $before == --java-home ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
    fi
    local words
    if ((COMP_CWORD == 1)); then
        words='doctor verify run learn explain freeze completion --version --help'
    else
        case $command in
            doctor) words='--json --containers --seccomp-profile --install --uninstall --yes' ;;
            verify) words='--json --without-namespaces' ;;
            run) words='--policy --json --' ;;
            learn) words='--profile --policy --json --' ;;
            explain) words='--policy --json' ;;
            freeze) words='--plan --policy --command --java-home' ;;
            *) words='' ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _sandjar sandjar
